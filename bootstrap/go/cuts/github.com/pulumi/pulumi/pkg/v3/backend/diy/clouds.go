package diy

import (
	"context"
	"fmt"
	"net/url"

	"gocloud.dev/blob"
)

// The schemes of the drivers that this build leaves out.
var leftOut = []string{"s3", "gs", "azblob"}

type leftOutOpener struct{}

func init() {
	for _, scheme := range leftOut {
		blob.DefaultURLMux().RegisterBucket(scheme, leftOutOpener{})
	}
}

func (leftOutOpener) OpenBucketURL(_ context.Context, u *url.URL) (*blob.Bucket, error) {
	return nil, fmt.Errorf("this Pulumi was built here without the SDKs of the clouds, so it cannot keep a state in %s://: "+
		"run 'PLINTH_FULL_ENGINE=1 npx plinth setup', or install the official Pulumi", u.Scheme)
}
