package cloud

import (
	"context"
	"fmt"
	netUrl "net/url"

	gosecrets "gocloud.dev/secrets"
)

// The schemes of the drivers that this build leaves out.
var leftOut = map[string]bool{"awskms": true, "azurekeyvault": true, "gcpkms": true, "hashivault": true}

func openKeeper(ctx context.Context, url string) (*gosecrets.Keeper, error) {
	u, err := netUrl.Parse(url)
	if err != nil {
		return nil, fmt.Errorf("unable to parse the secrets provider URL: %w", err)
	}
	if leftOut[u.Scheme] {
		return nil, fmt.Errorf("this Pulumi was built here without the SDKs of the clouds, so it cannot use keys of %s://: "+
			"run 'PLINTH_FULL_ENGINE=1 npx plinth setup', or install the official Pulumi", u.Scheme)
	}
	return gosecrets.OpenKeeper(ctx, url)
}
