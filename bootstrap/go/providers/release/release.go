// Package release holds the versions the plugins answer with: those of the npm
// packages they serve. All are set at link time, in one build for all plugins.
package release

// Docker, Postgresql and Random are set with -ldflags "-X …".
var (
	Docker     string
	Postgresql string
	Random     string
)
