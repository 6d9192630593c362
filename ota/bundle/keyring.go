package bundle

import (
	"time"

	"aead.dev/minisign"

	"wattkiosk/boards/ground/strictjson"
	"wattkiosk/ota/fleetkey"
)

// Keyring is the release keys of a fleet.
type Keyring struct {
	Version   uint64    `json:"version"` // only rises
	Expires   time.Time `json:"expires"`
	Threshold int       `json:"threshold"` // different keys that must sign a manifest
	Keys      []Key     `json:"keys"`
}

// Key is one release key.
type Key struct {
	Name      string    `json:"name"`
	Key       string    `json:"key"` // minisign's text of the public key
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
}

const (
	maxKeys    = 16
	maxKeyring = 64 << 10
)

// Trust is what a board knows before it sees a bundle.
type Trust struct {
	Roots          []minisign.PublicKey // in the board's image
	Rotated        *Roots               // the newest set of root keys that was ever accepted; nil: those of the image
	KeyringVersion uint64               // the highest that was ever accepted; lower ones are refused
	Fleet          []fleetkey.Secret    // the board's fleet keys; none: encrypted bundles can be checked but not unpacked
	Now            time.Time
	Disk           bool // whole disks are taken: not by a board, which would write over itself
}

// parseKeyring checks a keyring's signature and then reads it.
func parseKeyring(data []byte, signatures [][]byte, roots Roots, trust Trust) (Keyring, error) {
	if !roots.signed(data, signatures) {
		return Keyring{}, refuse(KeyringUntrusted, "")
	}
	var k Keyring
	if err := strictjson.Decode(data, maxKeyring, &k); err != nil {
		return Keyring{}, refuse(KeyringUntrusted, "%v", err)
	}
	switch {
	case k.Threshold < 1 || len(k.Keys) < k.Threshold || len(k.Keys) > maxKeys:
		return Keyring{}, refuse(KeyringUntrusted, "%d keys, threshold %d", len(k.Keys), k.Threshold)
	case k.Version < trust.KeyringVersion:
		return Keyring{}, refuse(KeyringOlder, "version %d, this board has seen %d", k.Version, trust.KeyringVersion)
	case !trust.Now.Before(k.Expires):
		return Keyring{}, refuse(KeyringExpired, "at %s", k.Expires.Format(time.DateTime))
	}
	return k, nil
}

// signers are the names of the keys, valid now, that signed the manifest. A key
// that appears twice counts once.
func (k Keyring) signers(data []byte, signatures [][]byte, now time.Time) ([]string, error) {
	var names []string
	seen := map[string]bool{}
	outside := ""
	for _, key := range k.Keys {
		var pub minisign.PublicKey
		if err := pub.UnmarshalText([]byte(key.Key)); err != nil {
			return nil, refuse(KeyringUntrusted, "key %s: %v", key.Name, err)
		}
		if seen[pub.String()] || !signedBy(data, signatures, pub) {
			continue
		}
		if now.Before(key.NotBefore) || !now.Before(key.NotAfter) {
			outside = key.Name
			continue
		}
		seen[pub.String()] = true
		names = append(names, key.Name)
	}
	if len(names) < k.Threshold {
		if outside != "" {
			return nil, refuse(BadSignature, "%d of %d; key %s is not valid now", len(names), k.Threshold, outside)
		}
		return nil, refuse(BadSignature, "%d of %d", len(names), k.Threshold)
	}
	return names, nil
}
