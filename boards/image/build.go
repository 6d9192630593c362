package image

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"wattkiosk/ota/verity"
)

//go:embed all:files
var files embed.FS

// builder is one build under way.
type builder struct {
	Recipe
	target
	ctx  context.Context
	work string // emptied before and removed after
	log  *slog.Logger

	parts  []Partition // of the disk, once it is assembled
	packed int64       // bytes of the packed disk, once there is one
	opened verity.Root // that the boot image opens, once there is one
}

// Build makes the image of a recipe. It needs root for the ownership of files in
// the root file system, and the tools it names in its errors.
func Build(ctx context.Context, r Recipe, log *slog.Logger) (Description, error) {
	t, err := find(r.Board)
	if err != nil {
		return Description{}, err
	}
	if r.Extra != "" && !r.Lab {
		return Description{}, errors.New("what is laid over an image is for tests: --extra goes with --lab only")
	}
	if r.Console != "" && !r.Lab {
		return Description{}, errors.New("one console password for all boards of an image is for tests: --console-hash goes with --lab only; otactl flash gives each board its own")
	}
	if r.Variant == Screen {
		t.modules = slices.Concat(t.modules, screenModules)
	}
	b := &builder{Recipe: r, target: t, ctx: ctx, log: log}
	for _, dir := range []*string{&b.Programs, &b.Keys, &b.Cache, &b.Out} {
		if *dir, err = filepath.Abs(*dir); err != nil {
			return Description{}, err
		}
	}
	if b.Extra != "" {
		if b.Extra, err = filepath.Abs(b.Extra); err != nil {
			return Description{}, err
		}
	}
	b.work = filepath.Join(b.Out, "work")
	if err := errors.Join(os.RemoveAll(b.work), os.MkdirAll(b.work, 0o755), os.MkdirAll(b.Cache, 0o755), os.MkdirAll(b.Keys, 0o700)); err != nil {
		return Description{}, err
	}
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"packages", b.packages},
		{"root", b.root},
		{"check", b.check},
		{"squashfs", b.squash},
		{"initrd", b.initrd},
		{"boot", b.boot},
		{"bill of materials", b.sbom},
		{"disk", b.disk},
		{"packed disk", b.pack},
		{"description", b.describe},
	} {
		log.Info("image", "board", b.Board, "step", step.name)
		if err := step.do(); err != nil {
			return Description{}, fmt.Errorf("cannot make image: %s: %w", step.name, err)
		}
	}
	if err := os.RemoveAll(b.work); err != nil {
		return Description{}, err
	}
	return Describe(b.Out)
}

func (b *builder) out(name string) string { return filepath.Join(b.Out, name) }
func (b *builder) in(name string) string  { return filepath.Join(b.work, name) }

// run runs a tool with fixed time and locale; what it says is part of the error.
func (b *builder) run(name string, args ...string) error { return b.runIn(nil, name, args...) }

func (b *builder) runIn(stdin []byte, name string, args ...string) error {
	cmd := exec.CommandContext(b.ctx, name, args...)
	cmd.Dir = b.work
	cmd.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC", fmt.Sprint("SOURCE_DATE_EPOCH=", epoch.Unix()), fmt.Sprint("E2FSPROGS_FAKE_TIME=", epoch.Unix()),
		"MTOOLS_SKIP_CHECK=1")
	cmd.Stdin = bytes.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, tail(string(out)))
	}
	return nil
}

func tail(s string) string {
	const most = 1000
	s = strings.TrimSpace(s)
	if len(s) > most {
		s = "…" + s[len(s)-most:]
	}
	return s
}

// template reads one of the embedded files with its @NAMES@ filled in.
func (b *builder) template(name string) ([]byte, error) {
	data, err := fs.ReadFile(files, "files/"+name)
	if err != nil {
		return nil, err
	}
	speed, args, high := b.console, "", ""
	if b.high != "" {
		high = "setenv fdt_high " + b.high + "\nsetenv initrd_high " + b.high
	}
	if b.tested {
		// A board that is emulated has no engines for ciphers: their tests at the start prove nothing.
		args = "loglevel=3 cryptomgr.notests"
	}
	r := readers(b.Board)
	return []byte(strings.NewReplacer("@BOARD@", b.Board, "@CONSOLE@", speed, "@ARGS@", args, "@HIGH@", high, "@READERS@", r.allow, "@READER_RULES@", r.rules,
		"@READER_GROUP@", r.group).Replace(string(data))), nil
}
