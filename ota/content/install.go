package content

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"wattkiosk/ota/bundle"
	"wattkiosk/ota/manifest"
)

// Codes of refusals, beside those of package bundle.
const (
	BadPack bundle.Code = "content"       // the tar is not one that is accepted
	Older   bundle.Code = "content-older" // the current pack is newer
	NoRoom  bundle.Code = "no-room"       // the data partition would be too full
)

func refuse(c bundle.Code, format string, args ...any) error {
	return &bundle.Error{Code: c, Detail: fmt.Sprintf(format, args...)}
}

// Install puts all packs of a checked bundle below dir, which is made if it is not
// there. A pack that is current already is left alone. On an error the packs before
// it are in place, and its own target is as it was. A refusal is a *bundle.Error.
func Install(ctx context.Context, bd *bundle.Bundle, dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the folder of packs: %w", err)
	}
	d, err := openDir(dir)
	if err != nil {
		return err
	}
	defer d.close()
	return install(ctx, bd, d)
}

func install(ctx context.Context, bd *bundle.Bundle, d disk) error {
	m := bd.Manifest()
	for _, p := range m.Payloads {
		if p.Kind != manifest.Content {
			continue
		}
		if err := one(ctx, bd, d, p); err != nil {
			return fmt.Errorf("pack %s: %w", p.Target, err)
		}
	}
	return nil
}

// one installs one pack.
func one(ctx context.Context, bd *bundle.Bundle, d disk, p manifest.Payload) error {
	m := bd.Manifest()
	folder := path.Join(p.Target, fmt.Sprintf("%d-%.12s", m.Build, p.SHA256))
	was, err := current(d, p.Target)
	switch {
	case err != nil:
		return err
	case was.Folder == folder:
		return prune(d, p.Target, was)
	case m.Build < was.Build:
		return refuse(Older, "build %d is older than build %d, which is there", m.Build, was.Build)
	}
	if err := d.mkdir(p.Target); err != nil {
		return fmt.Errorf("cannot make its folder: %w", err)
	}
	if err := prune(d, p.Target, was); err != nil {
		return err
	}
	if err := room(d, p); err != nil {
		return err
	}
	pack := Pack{Target: p.Target, Version: m.Version, Build: m.Build, Before: path.Base(was.Folder)}
	if was.Folder == "" {
		pack.Before = ""
	}
	if err := unpack(ctx, bd, d, p, folder+unfinished, &pack); err != nil {
		return err
	}
	if err := show(d, p.Target, folder); err != nil {
		return fmt.Errorf("cannot put it in place: %w", err)
	}
	pack.Folder = folder
	return prune(d, p.Target, pack)
}

func room(d disk, p manifest.Payload) error {
	free, err := d.free()
	if err != nil {
		return fmt.Errorf("cannot tell how much room there is: %w", err)
	}
	if free-p.Size < Reserve {
		return refuse(NoRoom, "it has %d MB, and %d MB are free, of which %d MB must stay so", p.Size>>20, free>>20, Reserve>>20)
	}
	return nil
}

// unpack fills a folder and makes it durable.
func unpack(ctx context.Context, bd *bundle.Bundle, d disk, p manifest.Payload, folder string, pack *Pack) error {
	r, err := bd.Reader(ctx, p)
	if err != nil {
		return err
	}
	x := extraction{ctx: ctx, disk: d, folder: folder, most: p.Size, kinds: map[string]bool{}}
	if err := x.all(r); err != nil {
		return err
	}
	pack.Files, pack.Size = x.files, x.size
	text, err := json.Marshal(pack)
	if err != nil {
		return err
	}
	if err := x.write(packFile, strings.NewReader(string(text))); err != nil {
		return err
	}
	return x.sync()
}

// show gives the folder its name and lets the link point to it.
func show(d disk, target, folder string) error {
	link := path.Join(target, currentLink)
	for _, step := range []func() error{
		func() error { return d.rename(folder+unfinished, folder) },
		func() error { return d.syncDir(target) },
		func() error { return d.symlink(path.Base(folder), link+unfinished) },
		func() error { return d.rename(link+unfinished, link) },
		func() error { return d.syncDir(target) },
		func() error { return d.syncDir(".") },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// prune removes everything of a target but the current pack, the one before it and
// the link.
func prune(d disk, target string, now Pack) error {
	names, err := d.list(target)
	if err != nil {
		return fmt.Errorf("cannot list its packs: %w", err)
	}
	keep := []string{currentLink}
	if now.Folder != "" {
		keep = append(keep, path.Base(now.Folder))
	}
	if now.Before != "" {
		keep = append(keep, now.Before)
	}
	slices.Sort(names)
	for _, name := range names {
		if slices.Contains(keep, name) {
			continue
		}
		if err := d.remove(path.Join(target, name)); err != nil {
			return fmt.Errorf("cannot remove the old pack %s: %w", name, err)
		}
	}
	return nil
}
