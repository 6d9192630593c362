package bundle

import (
	"archive/tar"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/fleetkey"
	"wattkiosk/ota/manifest"
)

// Spec is what a bundle is made of.
type Spec struct {
	Manifest  manifest.Manifest // without payloads and encryption
	Payloads  []Image
	Roots     []Signed // roots.2.json, roots.3.json, …; none if the root keys never changed
	Keyring   []byte   // keyring.json
	RootSigs  [][]byte // its signatures
	Signers   []minisign.PrivateKey
	EncryptTo []fleetkey.Public // none: everybody can unpack it
	Level     int               // of zstd, 1 to 19; 0 = 19
}

// Signed is a text and its signatures.
type Signed struct {
	Text       []byte
	Signatures [][]byte
}

// Image is a payload in a file, and the images that it may be made from.
type Image struct {
	Name   string
	Kind   manifest.Kind
	Target string           // Content only
	Device *manifest.Device // Peripheral only
	Path   string
	From   []string // images for deltas
	NoFull bool     // deltas only
}

// Write makes a bundle. It needs the zstd tool (whose long matches make deltas
// small). The same spec gives the same bytes, signatures and encryption apart.
func Write(w io.Writer, spec Spec) error {
	tmp, err := os.MkdirTemp("", "bundle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	pk := &packer{tmp: tmp, level: spec.Level}
	m := spec.Manifest
	m.Format, m.Product, m.Payloads, m.Encryption = manifest.Format, manifest.Product, nil, nil
	if len(spec.EncryptTo) > 0 {
		if m.Encryption, err = pk.encrypt(spec.EncryptTo); err != nil {
			return err
		}
	}
	for _, img := range spec.Payloads {
		p, err := pk.payload(img)
		if err != nil {
			return err
		}
		m.Payloads = append(m.Payloads, p)
	}
	if err := m.Check(); err != nil {
		return err
	}
	return assemble(w, spec, m, pk.entries)
}

// assemble writes the tar.
func assemble(w io.Writer, spec Spec, m manifest.Manifest, entries []entry) error {
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	t := tar.NewWriter(w)
	put := func(name string, data []byte) {
		err = errors.Join(err, t.WriteHeader(header(name, int64(len(data)), m.Created)))
		_, werr := t.Write(data)
		err = errors.Join(err, werr)
	}
	putSigned := func(name string, s Signed) {
		put(name, s.Text)
		for i, sig := range s.Signatures {
			put(signatureName(name, i+1), sig)
		}
	}
	for i, set := range spec.Roots {
		putSigned(rootsFile(uint64(i+2)), set)
	}
	putSigned(keyringFile, Signed{spec.Keyring, spec.RootSigs})
	var sigs [][]byte
	for _, key := range spec.Signers {
		sigs = append(sigs, minisign.SignWithComments(key, text, "wattkiosk "+m.Version, ""))
	}
	putSigned(manifestFile, Signed{text, sigs})
	for _, e := range entries {
		err = errors.Join(err, copyEntry(t, e, m.Created))
	}
	return errors.Join(err, t.Close())
}

func header(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}
}

func copyEntry(t *tar.Writer, e entry, at time.Time) error {
	f, err := os.Open(e.path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(header(e.name, st.Size(), at)); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// entry is a packed payload or delta in the folder for work.
type entry struct{ name, path string }

// packer makes the entries of payloads.
type packer struct {
	tmp     string
	level   int
	cipher  *fleetkey.Cipher // nil: not encrypted
	entries []entry
}

// encrypt makes a key for this bundle and seals it to the fleet keys.
func (pk *packer) encrypt(to []fleetkey.Public) (*manifest.Encryption, error) {
	var err error
	if pk.cipher, err = fleetkey.NewCipher(); err != nil {
		return nil, err
	}
	e := &manifest.Encryption{Scheme: manifest.Scheme}
	for _, key := range to {
		wrapped, err := pk.cipher.Wrap(key)
		if err != nil {
			return nil, err
		}
		e.Keys = append(e.Keys, manifest.WrappedKey{Fleet: key.ID(), Wrapped: wrapped})
	}
	return e, nil
}

func (pk *packer) payload(img Image) (p manifest.Payload, err error) {
	p = manifest.Payload{Name: img.Name, Kind: img.Kind, Target: img.Target, Device: img.Device}
	if p.Size, p.SHA256, err = HashFile(img.Path); err != nil {
		return p, err
	}
	if !img.NoFull {
		if p.Chunks, err = pk.pack(payloadEntry(p.Name), img.Path, "", img.Kind == manifest.Disk); err != nil {
			return p, fmt.Errorf("cannot pack %s: %w", img.Path, err)
		}
	}
	for i, from := range img.From {
		d := manifest.Delta{}
		if d.FromSize, d.FromSHA256, err = HashFile(from); err != nil {
			return p, err
		}
		if d.Chunks, err = pk.pack(deltaEntry(p.Name, i), img.Path, from, false); err != nil {
			return p, fmt.Errorf("cannot pack %s from %s: %w", img.Path, from, err)
		}
		p.Deltas = append(p.Deltas, d)
	}
	return p, nil
}
