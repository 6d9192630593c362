package bundle

import (
	"errors"
	"fmt"
	"slices"

	"aead.dev/minisign"

	"wattkiosk/boards/ground/strictjson"
)

// Roots is a set of root keys. Set 1 is what the board's image has; each further one
// takes over from the set before it, whose keys it is signed by.
type Roots struct {
	Version   uint64   `json:"version"`
	Threshold int      `json:"threshold"` // different root keys that must sign
	Keys      []string `json:"keys"`      // minisign's text of the public keys
}

// maxSets bounds the sets of root keys that a bundle carries.
const maxSets = 16

const rootsPrefix = "roots."

func rootsFile(version uint64) string { return fmt.Sprint(rootsPrefix, version, ".json") }

// imageRoots is set 1.
func imageRoots(keys []minisign.PublicKey) Roots {
	set := Roots{Version: 1, Threshold: 1}
	for _, k := range keys {
		set.Keys = append(set.Keys, k.String())
	}
	return set
}

// follow goes from the set that the board trusts to the newest that the bundle
// proves.
func follow(small map[string][]byte, trust Trust) (Roots, error) {
	set := imageRoots(trust.Roots)
	if trust.Rotated != nil {
		set = *trust.Rotated
	} else if at, ok := known(small, set); ok {
		set = at
	}
	for range maxSets {
		name := rootsFile(set.Version + 1)
		text := small[name]
		if text == nil {
			break
		}
		next, err := parseRoots(text, set.Version+1)
		if err != nil {
			return Roots{}, refuse(RootsUntrusted, "%s: %v", name, err)
		}
		sigs := signatures(small, name)
		if !set.signed(text, sigs) || !next.signed(text, sigs) {
			return Roots{}, refuse(RootsUntrusted, "%s", name)
		}
		set = next
	}
	return set, nil
}

// known finds the set that an image made after a rotation has: the same keys, and
// signed by them. The sets before it are of no use to that board.
func known(small map[string][]byte, image Roots) (Roots, bool) {
	for v := uint64(maxSets + 1); v > 1; v-- {
		set, err := parseRoots(small[rootsFile(v)], v)
		if err == nil && set.sameKeys(image) && set.signed(small[rootsFile(v)], signatures(small, rootsFile(v))) {
			return set, true
		}
	}
	return Roots{}, false
}

func parseRoots(text []byte, version uint64) (Roots, error) {
	var r Roots
	if err := strictjson.Decode(text, maxKeyring, &r); err != nil {
		return Roots{}, err
	}
	if r.Version != version || r.Threshold < 1 || len(r.Keys) < r.Threshold || len(r.Keys) > maxKeys {
		return Roots{}, fmt.Errorf("version %d, %d keys, threshold %d", r.Version, len(r.Keys), r.Threshold)
	}
	_, err := r.public()
	return r, err
}

func (r Roots) public() ([]minisign.PublicKey, error) {
	keys := make([]minisign.PublicKey, len(r.Keys))
	for i, text := range r.Keys {
		if err := keys[i].UnmarshalText([]byte(text)); err != nil {
			return nil, fmt.Errorf("root key %d: %w", i+1, err)
		}
		if contains(keys[:i], keys[i]) {
			return nil, fmt.Errorf("root key %d is there twice", i+1)
		}
	}
	return keys, nil
}

func (r Roots) sameKeys(o Roots) bool {
	a, err1 := r.public()
	b, err2 := o.public()
	if err := errors.Join(err1, err2); err != nil || len(a) != len(b) {
		return false
	}
	return !slices.ContainsFunc(a, func(k minisign.PublicKey) bool { return !contains(b, k) })
}

func contains(keys []minisign.PublicKey, key minisign.PublicKey) bool {
	return slices.ContainsFunc(keys, func(k minisign.PublicKey) bool { return k.Equal(key) })
}

// signed reports whether enough different keys of the set signed.
func (r Roots) signed(data []byte, signatures [][]byte) bool {
	keys, err := r.public()
	if err != nil {
		return false
	}
	n := 0
	for _, k := range keys {
		if signedBy(data, signatures, k) {
			n++
		}
	}
	return n > 0 && n >= r.Threshold
}

func signedBy(data []byte, signatures [][]byte, key minisign.PublicKey) bool {
	return slices.ContainsFunc(signatures, func(sig []byte) bool { return minisign.Verify(key, data, sig) })
}
