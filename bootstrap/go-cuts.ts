// What a build here leaves out: the SDKs of clouds, which reach the state of others, and builders of images, which the
// docker client has already. Modules are copied and changed in the build folder alone; nothing of them is in this
// repository. Files below bootstrap/go/cuts/<module> are laid over the copy.

/** A change of one file: what stands from `from` up to `until` gives way to `by`. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  /** Stays. @default - only `from` itself goes */
  readonly until?: string;
  /** Everything up to the end of the file goes. @default false */
  readonly rest?: true;
  readonly by: string;
}

/** One module that is built in a changed form. */
export interface Cut {
  readonly module: string;
  /** The files in bootstrap/go/cuts are all of it. @default false */
  readonly standIn?: true;
  /** Files and folders that go; of a folder, what is laid over it stays. */
  readonly remove?: readonly string[];
  readonly edits?: readonly Edit[];
}

const pulumi: Cut = {
  module: 'github.com/pulumi/pulumi/pkg/v3',
  remove: [
    'operations/operations_aws.go',
    'operations/operations_cloud_aws.go',
    'operations/operations_gcp.go',
  ],
  edits: [
    {
      file: 'backend/diy/backend.go',
      from: '\t_ "gocloud.dev/blob/azureblob" // driver for azblob://\n',
      by: '',
    },
    {
      file: 'backend/diy/backend.go',
      from: '\t"gocloud.dev/blob/gcsblob"     // driver for gs://\n',
      by: '',
    },
    {
      file: 'backend/diy/backend.go',
      from: '\t_ "gocloud.dev/blob/s3blob"    // driver for s3://\n',
      by: '',
    },
    { file: 'backend/diy/backend.go', from: 'gcsblob.Scheme', by: '"gs"' },
    {
      file: 'backend/diy/bucket.go',
      from: '\tawss3 "github.com/aws/aws-sdk-go-v2/service/s3"\n',
      by: '',
    },
    { file: 'backend/diy/bucket.go', from: '\t"net/url"\n', by: '' },
    {
      file: 'backend/diy/bucket.go',
      from: '\t\tvar input *awss3.CopyObjectInput\n',
      until: '\t\tif beforeCopy != nil {\n',
      by: '',
    },
    {
      file: 'backend/diy/bucket.go',
      from: '// fixupS3CopySource rewrites',
      until: 'func (b *wrappedBucket) Delete(',
      by: '',
    },
    {
      file: 'secrets/cloud/manager.go',
      from: '\tgosecrets "gocloud.dev/secrets"\n',
      until: '\t"github.com/pulumi/pulumi/pkg/v3/secrets"\n',
      by: '',
    },
    { file: 'secrets/cloud/manager.go', from: '\tnetUrl "net/url"\n', by: '' },
    {
      file: 'secrets/cloud/manager.go',
      from: '// openKeeper opens the keeper',
      until: '// generateNewDataKey generates',
      by: '',
    },
  ],
};

const bridge: Cut = {
  module: 'github.com/pulumi/pulumi-terraform-bridge/v3',
  remove: ['pkg/tfgen'],
};

const funcs = 'internal/provider/resource_docker_image_funcs.go';
/** What the rest of that file needs. */
const imports = `import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log"
	"strings"

	"github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/image"
	"github.com/docker/docker/api/types/registry"
	"github.com/docker/docker/client"
	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
`;
const docker: Cut = {
  module: 'github.com/terraform-providers/terraform-provider-docker',
  remove: [
    'internal/provider/docker_buildx_build.go',
    'internal/provider/docker_cli.go',
    'internal/provider/resource_docker_buildx_builder.go',
    'internal/provider/resource_docker_compose.go',
    'internal/provider/compose_resources_enabled.go',
  ],
  edits: [
    {
      file: 'internal/provider/compose_resources_disabled.go',
      from: '//go:build no_compose\n',
      by: '',
    },
    {
      file: 'internal/provider/provider.go',
      from: '"docker_buildx_builder": resourceDockerBuildxBuilder(),\n',
      by: '',
    },
    { file: funcs, from: 'func buildImage(', until: 'func resourceDockerImageRead(', by: '' },
    { file: funcs, from: 'func legacyBuildDockerImage(', rest: true, by: '' },
    { file: funcs, from: 'import (\n', until: ')\n\nfunc ', by: imports },
  ],
};

const getter: Cut = { module: 'github.com/hashicorp/go-getter', standIn: true };

/** What is left out of each Go module of ours. */
export const cuts = {
  engine: [pulumi],
  providers: [pulumi, bridge, docker, getter],
} as const;
