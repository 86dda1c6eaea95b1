// Package tfgen stands in for the generator of schemas and SDKs, which a running provider has no use for.
package tfgen

import (
	"errors"

	pschema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
)

// GenerateSchema fails: the plugins bring their schema.
func GenerateSchema(tfbridge.ProviderInfo, diag.Sink) (pschema.PackageSpec, error) {
	return pschema.PackageSpec{}, errors.New("generating a schema is not part of this build")
}
