package content

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
)

// Bounds of a pack.
const (
	MaxFiles = 4096      // files and folders
	MaxDepth = 8         // folders in one another
	MaxName  = 120       // bytes of one element of a name
	Reserve  = 128 << 20 // bytes that stay free on the data partition: the journal lives there too
)

// Pack is one pack that is there.
type Pack struct {
	Target  string `json:"target"`
	Version string `json:"version"`
	Build   uint64 `json:"build"`
	Files   int    `json:"files"`
	Size    int64  `json:"size"`             // bytes of its files
	Before  string `json:"before,omitempty"` // folder of the pack that it replaced
	Folder  string `json:"-"`                // where its files are
}

const (
	currentLink = "current"
	packFile    = ".pack.json"
	unfinished  = ".new"
)

// Current lists the current packs below dir, by target. A target whose pack cannot
// be read is an error; one without a pack is left out.
func Current(dir string) ([]Pack, error) {
	d, err := openDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer d.close()
	targets, err := d.list(".")
	if err != nil {
		return nil, fmt.Errorf("cannot list packs: %w", err)
	}
	slices.Sort(targets)
	var packs []Pack
	for _, target := range targets {
		p, err := current(d, target)
		if err != nil {
			return nil, err
		}
		if p.Folder != "" {
			p.Folder = filepath.Join(dir, p.Folder)
			packs = append(packs, p)
		}
	}
	return packs, nil
}

// current is the current pack of a target; its folder is empty if there is none.
func current(d disk, target string) (Pack, error) {
	name, err := d.readlink(path.Join(target, currentLink))
	if errors.Is(err, fs.ErrNotExist) {
		return Pack{}, nil
	}
	if err != nil {
		return Pack{}, fmt.Errorf("cannot tell which pack of %s is current: %w", target, err)
	}
	folder := path.Join(target, path.Base(name))
	var p Pack
	text, err := d.read(path.Join(folder, packFile))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	if err != nil {
		return Pack{}, fmt.Errorf("cannot read the current pack of %s: %w", target, err)
	}
	p.Folder = folder
	return p, nil
}
