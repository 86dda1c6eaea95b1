package provider

import (
	"context"

	"github.com/docker/docker/client"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
)

// buildImage says what this build lacks. Plinth builds its images itself.
func buildImage(context.Context, interface{}, *client.Client, string) (bool, diag.Diagnostics) {
	return true, diag.Errorf("this plugin was built here without an image builder: " +
		"run 'npx plinth setup', which builds the images, or use the official docker plugin")
}
