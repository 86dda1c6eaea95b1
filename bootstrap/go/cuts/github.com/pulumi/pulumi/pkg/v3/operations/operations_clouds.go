package operations

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

var errLeftOut = errors.New("this Pulumi was built here without the SDKs of the clouds, so it cannot read their logs: " +
	"run 'PLINTH_FULL_ENGINE=1 npx plinth setup', or install the official Pulumi")

// AWSOperationsProvider says what this build lacks.
func AWSOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errLeftOut
}

// GCPOperationsProvider says what this build lacks.
func GCPOperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errLeftOut
}

// CloudOperationsProvider says what this build lacks.
func CloudOperationsProvider(map[config.Key]string, *Resource) (Provider, error) {
	return nil, errLeftOut
}
