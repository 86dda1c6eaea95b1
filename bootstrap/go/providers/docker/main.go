// The docker plugin: the upstream provider behind Pulumi's bridge, under the
// tokens and property names of @pulumi/docker 5.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/handout"

	"plinth.local/toolchain/providers/release"
)

func resource(file, name string) tokens.Type {
	return tokens.Type("docker:index/" + file + ":" + name)
}

func main() {
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(handout.Provider()),
		Name:    "docker",
		Version: release.Docker,
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {
				Tok:                 resource("container", "Container"),
				DeleteBeforeReplace: true,
				Fields: map[string]*tfbridge.SchemaInfo{
					"name":              tfbridge.AutoName("name", 255, "-"),
					"command":           {Name: "command"},
					"networks_advanced": {Name: "networksAdvanced"},
				},
			},
			"docker_image": {
				Tok:    resource("remoteImage", "RemoteImage"),
				Fields: map[string]*tfbridge.SchemaInfo{"name": {Name: "name"}},
			},
			"docker_network": {
				Tok:    resource("network", "Network"),
				Fields: map[string]*tfbridge.SchemaInfo{"name": tfbridge.AutoName("name", 255, "-")},
			},
			"docker_volume": {
				Tok:    resource("volume", "Volume"),
				Fields: map[string]*tfbridge.SchemaInfo{"name": tfbridge.AutoName("name", 255, "-")},
			},
		},
	}
	tfbridge.Main("docker", release.Docker, info, []byte(`{"name":"docker","version":"`+release.Docker+`"}`))
}
