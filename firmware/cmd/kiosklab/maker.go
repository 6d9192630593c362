package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"wattkiosk/hal/bench"
	"wattkiosk/hal/card/vendorsim"
)

// maker is what the maker of the meter-card reader delivers, and the program that loads
// libraries.
type maker struct {
	Description string // of the library; empty where the reader has a protocol
	Host        string // vendorhost, for this library or for that of another reader
}

// deliver builds the library in C, which asks the reader on the bench, and its description.
func (l *lab) deliver(ctx context.Context) (m maker, err error) {
	if l.opt.library != "" || l.opt.meterReader == bench.Library {
		if m.Host, err = l.vendorHost(ctx); err != nil {
			return maker{}, err
		}
	}
	if l.opt.meterReader != bench.Library {
		return m, nil
	}
	dir := l.at.path("maker")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return maker{}, fmt.Errorf("cannot make the library's folder: %w", err)
	}
	source, library := filepath.Join(dir, "meter.c"), filepath.Join(dir, "libmeter.so")
	if err := os.WriteFile(source, vendorsim.Source, 0o600); err != nil {
		return maker{}, fmt.Errorf("cannot write the maker's library: %w", err)
	}
	cc, err := compiler()
	if err != nil {
		return maker{}, err
	}
	if out, err := exec.CommandContext(ctx, cc, "-shared", "-fPIC", "-O1", "-o", library, source).CombinedOutput(); err != nil {
		return maker{}, fmt.Errorf("cannot build the maker's library with %s: %w\n%s", cc, err, out)
	}

	m.Description = filepath.Join(dir, "library.toml")
	text := vendorsim.Description(library, "") + vendorsim.Opening(l.at.path("dev", "meter-card"))
	if err := os.WriteFile(m.Description, []byte(text), 0o600); err != nil {
		return maker{}, fmt.Errorf("cannot write the description of the maker's library: %w", err)
	}

	return m, nil
}

// compiler is a C compiler.
func compiler() (string, error) {
	for _, name := range []string{"cc", "gcc", "clang"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}

	return "", errors.New("--meter-mode library needs a C compiler (cc) for the maker's library; there is none")
}

// vendorHost is the program that loads a library: that of --bin, the one beside this
// program, or else it is built, which needs the go tool and the source.
func (l *lab) vendorHost(ctx context.Context) (string, error) {
	const name = "vendorhost"
	dirs := []string{l.opt.bin}
	if self, err := os.Executable(); err == nil {
		dirs = append(dirs, filepath.Dir(self))
	}
	for _, dir := range dirs {
		path := filepath.Join(dir, name)
		if _, err := os.Stat(path); err == nil && dir != "" {
			return filepath.Abs(path)
		}
	}

	path := l.at.path("bin", name)
	cmd := exec.CommandContext(ctx, "go", "build", "-o", path, "wattkiosk/hal/cmd/vendorhost")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("cannot build vendorhost: %w\n%s", err, out)
	}

	return path, nil
}
