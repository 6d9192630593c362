package main

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"wattkiosk/boards/ground/cmdline"
	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// payloads are the disk, or the image's parts, the packs and the devices' firmware,
// in this order.
func (o *order) payloads(tmp string) (list []bundle.Image, err error) {
	if o.disk != "" {
		return []bundle.Image{{Name: string(manifest.Disk), Kind: manifest.Disk, Path: o.disk}}, nil
	}
	if o.image != "" {
		list = o.parts()
	}
	for i, arg := range o.content {
		target, path, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, cmdline.Usage("--content %q has no =", arg)
		}
		if st, err := os.Stat(path); err != nil {
			return nil, err
		} else if st.IsDir() {
			to := filepath.Join(tmp, fmt.Sprint("content", i))
			if err := packFolder(path, to); err != nil {
				return nil, fmt.Errorf("cannot pack %s: %w", path, err)
			}
			path = to
		}
		list = append(list, bundle.Image{Name: target, Kind: manifest.Content, Target: target, Path: path})
	}
	for _, arg := range o.peripheral {
		what, path, _ := strings.Cut(arg, "=")
		part := strings.Split(what, ",")
		if len(part) != 4 || path == "" {
			return nil, cmdline.Usage("--peripheral %q is not CLASS,DRIVER,MODEL,VERSION=FILE", arg)
		}
		list = append(list, bundle.Image{
			Name: part[0] + "-" + part[1] + "-" + fmt.Sprint(len(list)), Kind: manifest.Peripheral, Path: path,
			Device: &manifest.Device{Class: part[0], Driver: part[1], Model: part[2], Version: part[3], Older: o.older},
		})
	}
	if len(list) == 0 {
		return nil, cmdline.Usage("none of --disk, --image, --content and --peripheral")
	}
	return list, nil
}

// refuseLab keeps an image that was made for tests out of bundles, unless one is for a lab.
func (o *order) refuseLab() error {
	paths := []string{}
	if o.disk != "" {
		paths = append(paths, o.disk)
	}
	if o.image != "" {
		paths = append(paths, filepath.Join(o.image, "root.squashfs"))
	}
	for _, path := range paths {
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		lab, err := manifest.IsLab(f)
		if err := errors.Join(err, f.Close()); err != nil {
			return fmt.Errorf("cannot read %s: %w", path, err)
		}
		if lab && !o.lab {
			return fmt.Errorf("%s is an image for tests, with a key that anybody may have or a shell that is open: it goes onto no board in the street (--lab for a lab's own bundles)", path)
		}
	}
	return nil
}

func (o *order) parts() (list []bundle.Image) {
	for _, part := range []struct {
		kind manifest.Kind
		file string
	}{{manifest.Root, "root.squashfs"}, {manifest.Boot, "boot.img"}} {
		img := bundle.Image{Name: string(part.kind), Kind: part.kind, Path: filepath.Join(o.image, part.file), NoFull: o.noFull}
		for _, dir := range o.from {
			img.From = append(img.From, filepath.Join(dir, part.file))
		}
		list = append(list, img)
	}
	return list
}

// packFolder makes the tar of a folder: files and folders, in the order of their
// names, without times and owners. Links and devices are refused.
func packFolder(dir, out string) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	w := tar.NewWriter(f)
	err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == dir {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if e.IsDir() {
			return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name + "/", Mode: 0o755, ModTime: time.Unix(0, 0)})
		}
		return packFile(w, path, name)
	})
	return errors.Join(err, w.Close(), f.Close())
}

func packFile(w *tar.Writer, path, name string) error {
	st, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !st.Mode().IsRegular() {
		return fmt.Errorf("%s is no plain file", path)
	}
	if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Size: st.Size(), Mode: 0o644, ModTime: time.Unix(0, 0)}); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = io.Copy(w, f)
	return err
}
