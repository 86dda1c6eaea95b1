// Package handout makes the upstream docker provider reachable: it lives in an
// internal/ folder, which only a package below its own module path may import.
package handout

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"

	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// Provider returns the upstream provider in its SDK v2 form.
func Provider() *schema.Provider { return provider.New("plinth")() }
