// Package handout makes the upstream random provider reachable: it lives in an
// internal/ folder, which only a package below its own module path may import.
package handout

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"

	random "github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// Provider returns the upstream provider in its plugin-framework form.
func Provider() provider.Provider { return random.New() }
