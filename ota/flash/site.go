package flash

import (
	"fmt"

	"github.com/BurntSushi/toml"
)

// Site are the settings of the place where a board will stand: its devices, its
// profile. What they mean is the board's to say, which leaves them out if it cannot
// start with them.
type Site struct{ text []byte }

// siteFile is where a board looks for them, on the partition bootName.
const (
	siteFile = "site.toml"
	maxSite  = 64 << 10 // bytes of the file
)

// ParseSite takes a site.toml that is TOML and sets something.
func ParseSite(text []byte) (Site, error) {
	if len(text) > maxSite {
		return Site{}, refuse(BadSite, "site.toml has more than %d bytes", maxSite)
	}
	var set map[string]any
	switch _, err := toml.Decode(string(text), &set); {
	case err != nil:
		return Site{}, refuse(BadSite, "site.toml is not TOML: %v", err)
	case len(set) == 0:
		return Site{}, refuse(BadSite, "site.toml sets nothing")
	}
	return Site{text}, nil
}

// String tells its size; what it sets stays unsaid.
func (s Site) String() string { return fmt.Sprintf("%s, %d bytes", siteFile, len(s.text)) }
