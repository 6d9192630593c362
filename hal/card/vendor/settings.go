package vendor

import (
	"fmt"
	"path/filepath"

	"wattkiosk/boards/ground/child"
)

// DefaultHost is where the image starts the program that loads libraries, under an account
// that can reach the reader and nothing of the kiosk's.
const DefaultHost = child.SocketPrefix + "/run/vendorhost.sock"

// Settings are what a configuration can say of a reader that is driven by its maker's
// library.
type Settings struct {
	Library string `toml:"library" help:"file that describes the maker's library, with its whole path; needed"`
	Host    string `toml:"host" help:"program that loads it, or unix: and the socket where one is started; missing = unix:/run/vendorhost.sock, as a board's image has it"`
}

// Open reads the library's description and returns the driver, and the host that runs
// the library for it.
func (s Settings) Open() (*Driver, *Host, error) {
	if !filepath.IsAbs(s.Library) {
		return nil, nil, fmt.Errorf("setting library: %q is not an absolute path", s.Library)
	}
	abi, err := LoadABI(s.Library)
	if err != nil {
		return nil, nil, fmt.Errorf("setting library: %w", err)
	}

	host := &Host{Command: s.Host, ABI: s.Library}
	if host.Command == "" {
		host.Command = DefaultHost
	}
	return New(abi), host, nil
}
