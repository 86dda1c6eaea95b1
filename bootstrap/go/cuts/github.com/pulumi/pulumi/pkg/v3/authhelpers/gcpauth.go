// Package authhelpers stands in for the package of this name without Google's SDK.
package authhelpers

import (
	"context"

	"gocloud.dev/blob"
)

// GoogleCredentialsMux gives the openers that say what this build lacks.
func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) {
	return blob.DefaultURLMux(), nil
}
