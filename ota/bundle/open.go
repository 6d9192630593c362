package bundle

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// Bounds of a bundle file.
const (
	maxEntries    = 128
	maxSignature  = 4 << 10
	maxSignatures = 8
)

// Bundle is a bundle whose signatures hold.
type Bundle struct {
	r        io.ReaderAt
	manifest manifest.Manifest
	roots    Roots
	keyring  Keyring
	signers  []string
	entries  map[string]span
	cipher   *fleetkey.Cipher // nil: not encrypted, or locked
	locked   error            // why it cannot be unpacked
}

// span is where an entry's bytes lie in the file.
type span struct{ at, size int64 }

// Open reads the head of a bundle and checks every signature. The error is an
// *Error.
func Open(r io.ReaderAt, size int64, trust Trust) (*Bundle, error) {
	b := &Bundle{r: r, entries: map[string]span{}}
	small := map[string][]byte{}
	if err := b.index(size, small); err != nil {
		return nil, err
	}
	for _, name := range []string{keyringFile, manifestFile} {
		if small[name] == nil {
			return nil, refuse(NotABundle, "no %s", name)
		}
	}
	var err error
	if b.roots, err = follow(small, trust); err != nil {
		return nil, err
	}
	if b.keyring, err = parseKeyring(small[keyringFile], signatures(small, keyringFile), b.roots, trust); err != nil {
		return nil, err
	}
	if b.signers, err = b.keyring.signers(small[manifestFile], signatures(small, manifestFile), trust.Now); err != nil {
		return nil, err
	}
	if b.manifest, err = manifest.Parse(small[manifestFile]); err != nil {
		if errors.Is(err, manifest.ErrMixed) {
			return nil, refuse(Mixed, "")
		}
		return nil, refuse(BadManifest, "%v", err)
	}
	if _, disk := b.Payload(manifest.Disk); disk && !trust.Disk {
		return nil, refuse(WholeDisk, "")
	}
	if !trust.Now.Before(b.manifest.Expires) {
		return nil, refuse(Expired, "at %s", b.manifest.Expires.Format(time.DateTime))
	}
	b.unlock(trust.Fleet)
	if err := b.complete(); err != nil {
		return nil, err
	}
	return b, nil
}

// unlock opens the bundle's key with one of the board's.
func (b *Bundle) unlock(keys []fleetkey.Secret) {
	e := b.manifest.Encryption
	if e == nil {
		return
	}
	if len(keys) == 0 {
		b.locked = refuse(NoFleetKey, "")
		return
	}
	for _, key := range keys {
		for _, w := range e.Keys {
			if w.Fleet != key.Public().ID() {
				continue
			}
			if c, err := key.Unwrap(w.Wrapped); err == nil {
				b.cipher = c
				return
			}
		}
	}
	b.locked = refuse(WrongFleetKey, "it is for key %s, this board has %s", e.Keys[0].Fleet, keys[0].Public().ID())
}

// Names of the entries.
const (
	keyringFile  = "keyring.json"
	manifestFile = "manifest.json"
	signature    = ".minisig"
)

func signatures(small map[string][]byte, name string) (list [][]byte) {
	for n := 1; n <= maxSignatures; n++ {
		if sig := small[signatureName(name, n)]; sig != nil {
			list = append(list, sig)
		}
	}
	return list
}

func signatureName(name string, n int) string {
	if n == 1 {
		return name + signature
	}
	return fmt.Sprint(name, signature, ".", n)
}

// index reads the tar's headers, and the small entries whole.
func (b *Bundle) index(size int64, small map[string][]byte) error {
	src := &counter{r: io.NewSectionReader(b.r, 0, size)}
	t := tar.NewReader(src)
	for n := 0; ; n++ {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		switch {
		case err != nil && len(b.entries) == 0:
			return refuse(NotABundle, "")
		case err != nil:
			return refuse(Truncated, "%v", err)
		case n >= maxEntries || h.Typeflag != tar.TypeReg || h.Size < 0:
			return refuse(NotABundle, "entry %q", h.Name)
		}
		if _, twice := b.entries[h.Name]; twice {
			return refuse(NotABundle, "two entries are named %q", h.Name)
		}
		b.entries[h.Name] = span{src.n, h.Size}
		if src.n+h.Size > size {
			return refuse(Truncated, "%s", h.Name)
		}
		if most := smallEntry(h.Name); most > 0 {
			if h.Size > most {
				return refuse(NotABundle, "%s has %d bytes", h.Name, h.Size)
			}
			data, err := io.ReadAll(io.LimitReader(t, most))
			if err != nil {
				return refuse(Truncated, "%s", h.Name)
			}
			small[h.Name] = data
		}
	}
}

// smallEntry is the bound of an entry that is read whole; 0 for the others.
func smallEntry(name string) int64 {
	switch {
	case strings.Contains(name, signature):
		return maxSignature
	case name == keyringFile, strings.HasPrefix(name, rootsPrefix):
		return maxKeyring
	case name == manifestFile:
		return manifest.MaxManifest
	}
	return 0
}

// counter counts what the tar reader has read, so that an entry's place is known.
// It seeks, so that what is skipped is not read.
type counter struct {
	r *io.SectionReader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (c *counter) Seek(offset int64, whence int) (int64, error) {
	n, err := c.r.Seek(offset, whence)
	c.n = n
	return n, err
}

// complete checks that every chunk of the manifest is in the file.
func (b *Bundle) complete() error {
	for _, p := range b.manifest.Payloads {
		if err := b.has(payloadEntry(p.Name), p.Chunks); err != nil {
			return err
		}
		for i, d := range p.Deltas {
			if err := b.has(deltaEntry(p.Name, i), d.Chunks); err != nil {
				return err
			}
		}
	}
	return nil
}

func payloadEntry(name string) string      { return "payload/" + name }
func deltaEntry(name string, i int) string { return fmt.Sprint("delta/", name, ".", i) }

func (b *Bundle) has(entry string, chunks []manifest.Chunk) error {
	var sum int64
	for _, c := range chunks {
		sum += c.Stored
	}
	if e, ok := b.entries[entry]; sum > 0 && (!ok || e.size != sum) {
		return refuse(Truncated, "%s", entry)
	}
	return nil
}

// Manifest is what the bundle says of itself; signed.
func (b *Bundle) Manifest() manifest.Manifest { return b.manifest }

// Locked is nil if the bundle can be unpacked here. Else it is why not: an *Error
// with NoFleetKey or WrongFleetKey.
func (b *Bundle) Locked() error { return b.locked }

// Roots is the newest set of root keys that the bundle proved; a board keeps it if
// its version is above 1.
func (b *Bundle) Roots() Roots { return b.roots }

// Keyring is the keyring the bundle came with; a board keeps its version.
func (b *Bundle) Keyring() Keyring { return b.keyring }

// Signers are the names of the keys that signed the manifest.
func (b *Bundle) Signers() []string { return b.signers }

// Payload finds the payload of a kind.
func (b *Bundle) Payload(kind manifest.Kind) (manifest.Payload, bool) {
	for _, p := range b.manifest.Payloads {
		if p.Kind == kind {
			return p, true
		}
	}
	return manifest.Payload{}, false
}
