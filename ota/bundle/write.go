package bundle

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"aead.dev/minisign"

	"wattkiosk/ota/manifest"
)

// Spec is what a bundle is made of.
type Spec struct {
	Manifest manifest.Manifest // without payloads
	Payloads []Image
	Keyring  []byte   // keyring.json
	RootSigs [][]byte // its signatures
	Signers  []minisign.PrivateKey
	Level    int // of zstd, 1 to 19; 0 = 19
}

// Image is a payload in a file, and the images that it may be made from.
type Image struct {
	Name   string
	Kind   manifest.Kind
	Target string
	Path   string
	From   []string // images for deltas
	NoFull bool     // deltas only
}

// Write makes a bundle. It needs the zstd tool (whose long matches make deltas
// small). The same spec gives the same bytes, signatures apart.
func Write(w io.Writer, spec Spec) error {
	tmp, err := os.MkdirTemp("", "bundle")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	m := spec.Manifest
	m.Format, m.Product, m.Payloads = manifest.Format, manifest.Product, nil
	type entry struct{ name, path string }
	var entries []entry
	for _, img := range spec.Payloads {
		p := manifest.Payload{Name: img.Name, Kind: img.Kind, Target: img.Target}
		if p.Size, p.SHA256, err = HashFile(img.Path); err != nil {
			return err
		}
		if !img.NoFull {
			path := filepath.Join(tmp, img.Name+".full")
			if p.Chunks, err = pack(tmp, path, img.Path, "", spec.Level); err != nil {
				return fmt.Errorf("cannot pack %s: %w", img.Path, err)
			}
			entries = append(entries, entry{payloadEntry(p.Name), path})
		}
		for i, from := range img.From {
			d := manifest.Delta{}
			if d.FromSize, d.FromSHA256, err = HashFile(from); err != nil {
				return err
			}
			path := filepath.Join(tmp, fmt.Sprint(img.Name, ".", i))
			if d.Chunks, err = pack(tmp, path, img.Path, from, spec.Level); err != nil {
				return fmt.Errorf("cannot pack %s from %s: %w", img.Path, from, err)
			}
			p.Deltas = append(p.Deltas, d)
			entries = append(entries, entry{deltaEntry(p.Name, i), path})
		}
		m.Payloads = append(m.Payloads, p)
	}
	if err := m.Check(); err != nil {
		return err
	}
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
	put(keyringFile, spec.Keyring)
	for i, sig := range spec.RootSigs {
		put(signatureName(keyringFile, i+1), sig)
	}
	put(manifestFile, text)
	for i, key := range spec.Signers {
		put(signatureName(manifestFile, i+1), minisign.SignWithComments(key, text, "wattkiosk "+m.Version, ""))
	}
	for _, e := range entries {
		err = errors.Join(err, copyEntry(t, e.name, e.path, m.Created))
	}
	return errors.Join(err, t.Close())
}

func header(name string, size int64, at time.Time) *tar.Header {
	return &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o644, ModTime: at.Truncate(time.Second), Format: tar.FormatPAX}
}

func copyEntry(t *tar.Writer, name, path string, at time.Time) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(header(name, st.Size(), at)); err != nil {
		return err
	}
	_, err = io.Copy(t, f)
	return err
}

// HashFile is a file's size and SHA-256.
func HashFile(path string) (size int64, sum manifest.Digest, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, sum, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return 0, sum, err
	}
	sum, err = Hash(f, st.Size())
	return st.Size(), sum, err
}

// Hash is the SHA-256 of the first size bytes.
func Hash(r io.ReaderAt, size int64) (sum manifest.Digest, err error) {
	h := sha256.New()
	if _, err := io.Copy(h, io.NewSectionReader(r, 0, size)); err != nil {
		return sum, err
	}
	h.Sum(sum[:0])
	return sum, nil
}

// pack writes the chunks of src into dst, made from old if that is a file.
func pack(tmp, dst, src, old string, level int) ([]manifest.Chunk, error) {
	data, err := os.ReadFile(src)
	if err != nil {
		return nil, err
	}
	var from []byte
	if old != "" {
		if from, err = os.ReadFile(old); err != nil {
			return nil, err
		}
	}
	out, err := os.Create(dst)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	finder := newFinder(from)
	var chunks []manifest.Chunk
	for at := 0; at < len(data); at += manifest.ChunkSize {
		piece := data[at:min(at+manifest.ChunkSize, len(data))]
		c := manifest.Chunk{Size: int64(len(piece)), SHA256: sha256.Sum256(piece)}
		var packed []byte
		if dict := finder.find(piece, at); dict.size > 0 {
			c.DictAt, c.DictSize = dict.at, dict.size
			packed, err = zstdTool(tmp, piece, from[dict.at:dict.at+dict.size], level)
		} else {
			packed, err = zstdTool(tmp, piece, nil, level)
		}
		if err != nil {
			return nil, err
		}
		c.Stored, c.Sealed = int64(len(packed)), sha256.Sum256(packed)
		if _, err := out.Write(packed); err != nil {
			return nil, err
		}
		chunks = append(chunks, c)
	}
	return chunks, out.Close()
}

// zstdTool packs a piece, as a patch of dict if that is not nil.
func zstdTool(tmp string, piece, dict []byte, level int) ([]byte, error) {
	if level == 0 {
		level = 19
	}
	in := filepath.Join(tmp, "piece")
	if err := os.WriteFile(in, piece, 0o600); err != nil {
		return nil, err
	}
	args := []string{"-q", fmt.Sprint("-", level), "--single-thread", "--no-check", "-c"}
	if dict != nil {
		ref := filepath.Join(tmp, "dict")
		if err := os.WriteFile(ref, dict, 0o600); err != nil {
			return nil, err
		}
		args = append(args, "--long=25", "--patch-from="+ref)
	}
	var out, errs bytes.Buffer
	cmd := exec.Command("zstd", append(args, in)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("zstd: %w: %s", err, errs.Bytes())
	}
	return out.Bytes(), nil
}
