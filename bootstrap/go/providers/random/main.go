// The random plugin: the upstream provider behind Pulumi's bridge, under the
// tokens of @pulumi/random 4.
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-random/handout"

	"plinth.local/toolchain/providers/release"
)

func resource(file, name string) *bridge.ResourceInfo {
	return &bridge.ResourceInfo{Tok: tokens.Type("random:index/" + file + ":" + name)}
}

func main() {
	info := bridge.ProviderInfo{
		P:            tfbridge.ShimProvider(handout.Provider()),
		Name:         "random",
		Version:      release.Random,
		MetadataInfo: bridge.NewProviderMetadata([]byte(`{}`)),
		Resources: map[string]*bridge.ResourceInfo{
			"random_bytes":    resource("randomBytes", "RandomBytes"),
			"random_id":       resource("randomId", "RandomId"),
			"random_integer":  resource("randomInteger", "RandomInteger"),
			"random_password": resource("randomPassword", "RandomPassword"),
			"random_pet":      resource("randomPet", "RandomPet"),
			"random_shuffle":  resource("randomShuffle", "RandomShuffle"),
			"random_string":   resource("randomString", "RandomString"),
			"random_uuid":     resource("randomUuid", "RandomUuid"),
		},
	}
	tfbridge.Main(context.Background(), "random", info, tfbridge.ProviderMetadata{
		PackageSchema: []byte(`{"name":"random","version":"` + release.Random + `"}`),
	})
}
