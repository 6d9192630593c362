package depot

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"strings"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

// maxBefore is how many entries may stand before the manifest: keyrings and
// signatures are few.
const maxBefore = 32

const manifestEntry = "manifest.json"

// describe reads what a bundle says of itself, with its signatures if the depot
// has root keys.
func (d *Depot) describe(r io.ReaderAt, size int64) (rollout.StoredBundle, error) {
	if len(d.roots) == 0 {
		m, err := plainManifest(r, size)
		if err != nil {
			return rollout.StoredBundle{}, fmt.Errorf("%w: %w", ErrBundle, err)
		}
		return row(m, nil)
	}
	b, err := bundle.Open(r, size, bundle.Trust{Roots: d.roots, Now: d.now()})
	if err != nil {
		return rollout.StoredBundle{}, fmt.Errorf("%w: %w", ErrBundle, err)
	}
	return row(b.Manifest(), b.Signers())
}

func row(m manifest.Manifest, signers []string) (rollout.StoredBundle, error) {
	if len(m.Version) > wire.MaxJobVersion {
		return rollout.StoredBundle{}, fmt.Errorf("%w: version of %d bytes", ErrBundle, len(m.Version))
	}
	if m.Build > 1<<62 {
		return rollout.StoredBundle{}, fmt.Errorf("%w: build %d", ErrBundle, m.Build)
	}
	kind, err := kindOf(m)
	if err != nil {
		return rollout.StoredBundle{}, err
	}
	return rollout.StoredBundle{
		Bundle:  rollout.Bundle{Kind: kind, Board: m.Board, Version: m.Version, Build: m.Build},
		Product: m.Product, Variant: m.Variant, Floor: m.Floor, Expires: m.Expires.UnixMilli(), Notes: m.Notes,
		Signers: strings.Join(signers, ", "),
	}, nil
}

// kindOf is what a kiosk has to do with a bundle: what fills a slot is an update, with
// a restart and a way back; packs, and firmware of devices, are content, installed
// beside the software that runs. A bundle of slots and firmware no kiosk takes: a slot
// falls back by itself, a device does not. The disk of a new board is for flashing, and
// no kiosk takes it.
func kindOf(m manifest.Manifest) (wire.JobKind, error) {
	slots, firmware := false, false
	for _, p := range m.Payloads {
		if p.Kind == manifest.Disk {
			return "", fmt.Errorf("%w: it is the whole disk of a new board, and no update", ErrBundle)
		}
		slots = slots || p.Kind == manifest.Boot || p.Kind == manifest.Root
		firmware = firmware || p.Kind == manifest.Peripheral
	}
	switch {
	case slots && firmware:
		return "", fmt.Errorf("%w: it fills a slot and brings firmware of a device; make two bundles", ErrBundle)
	case slots:
		return wire.JobUpdate, nil
	}
	return wire.JobContent, nil
}

// plainManifest reads the manifest out of a bundle without looking at any
// signature.
func plainManifest(r io.ReaderAt, size int64) (manifest.Manifest, error) {
	t := tar.NewReader(io.NewSectionReader(r, 0, size))
	for range maxBefore {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return manifest.Manifest{}, errors.New("no manifest.json in it")
		case err != nil:
			return manifest.Manifest{}, errors.New("this file is no update bundle")
		case h.Name != manifestEntry:
			continue
		case h.Typeflag != tar.TypeReg || h.Size > manifest.MaxManifest:
			return manifest.Manifest{}, fmt.Errorf("manifest.json of %d bytes", h.Size)
		}
		text, err := io.ReadAll(io.LimitReader(t, manifest.MaxManifest+1))
		if err != nil {
			return manifest.Manifest{}, errors.New("the bundle is not complete")
		}
		return manifest.Parse(text)
	}
	return manifest.Manifest{}, fmt.Errorf("no manifest.json in the first %d entries", maxBefore)
}
