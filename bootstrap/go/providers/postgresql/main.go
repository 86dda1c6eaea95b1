// The postgresql plugin: the upstream provider that the Go module proxy still
// serves, behind Pulumi's bridge, under the tokens of @pulumi/postgresql 3. It
// is older than the official plugin: the program uses what both of them know.
package main

import (
	"github.com/hashicorp/terraform-plugin-sdk/helper/schema"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv1 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v1"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-postgresql/postgresql"

	"plinth.local/toolchain/providers/release"
)

func resource(file, name string) *tfbridge.ResourceInfo {
	return &tfbridge.ResourceInfo{Tok: tokens.Type("postgresql:index/" + file + ":" + name)}
}

func named(file, name string) *tfbridge.ResourceInfo {
	info := resource(file, name)
	info.Fields = map[string]*tfbridge.SchemaInfo{"name": tfbridge.AutoName("name", 63, "-")}
	return info
}

func main() {
	info := tfbridge.ProviderInfo{
		P:       shimv1.NewProvider(postgresql.Provider().(*schema.Provider)),
		Name:    "postgresql",
		Version: release.Postgresql,
		Resources: map[string]*tfbridge.ResourceInfo{
			"postgresql_database":           named("database", "Database"),
			"postgresql_default_privileges": resource("defaultPrivileges", "DefaultPrivileges"),
			"postgresql_extension":          resource("extension", "Extension"),
			"postgresql_grant":              resource("grant", "Grant"),
			"postgresql_role":               named("role", "Role"),
			"postgresql_schema":             named("schema", "Schema"),
		},
	}
	tfbridge.Main("postgresql", release.Postgresql, info, []byte(`{"name":"postgresql","version":"`+release.Postgresql+`"}`))
}
