package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

const (
	// EnvPrefix begins the name of each variable: WATTKIOSK_UPLINK_BROKER is
	// the key uplink.broker.
	EnvPrefix = "WATTKIOSK_"
	// DropInSuffix is the end of the name of a folder of drop-ins, which need
	// not exist.
	DropInSuffix = ".d"
	// maxFile bounds a file, in bytes, and maxDropIns their number.
	maxFile    = 1 << 20
	maxDropIns = 100
)

// DefaultPaths are where a board has its configuration.
func DefaultPaths() []string {
	return []string{"/etc/wattkiosk/kiosk.toml", "/etc/wattkiosk/kiosk.d"}
}

// Load reads the configuration: the defaults, then paths in order (files, or
// folders named *.d of *.toml files), then those of env (NAME=value, as
// os.Environ) that begin with EnvPrefix, then overrides by key ("uplink.broker";
// from flags). It reports every problem it finds, those of Check included,
// joined; the configuration is returned nevertheless, for display.
func Load(paths, env []string, overrides map[string]string) (Config, error) {
	cfg := Default()
	var errs []error
	for _, path := range paths {
		files, err := expand(path)
		if err != nil {
			errs = append(errs, err)
		}
		for _, file := range files {
			errs = append(errs, readFile(&cfg, file)...)
		}
	}

	errs = append(errs, cfg.setEnv(env)...)
	errs = append(errs, cfg.setOverrides(overrides)...)
	cfg.derive()
	errs = append(errs, cfg.Check())
	return cfg, errors.Join(errs...)
}

// expand turns a folder of drop-ins into its files.
func expand(path string) ([]string, error) {
	if !strings.HasSuffix(path, DropInSuffix) {
		return []string{path}, nil
	}

	entries, err := os.ReadDir(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("cannot read drop-ins: %w", err)
	}

	var files []string
	for _, e := range entries { // sorted by name
		if filepath.Ext(e.Name()) == ".toml" && !strings.HasPrefix(e.Name(), ".") {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	if len(files) > maxDropIns {
		return nil, fmt.Errorf("cannot read drop-ins: %s has more than %d", path, maxDropIns)
	}
	return files, nil
}

func readFile(cfg *Config, path string) []error {
	f, err := os.Open(path)
	if err != nil {
		return []error{fmt.Errorf("cannot read configuration: %w", err)}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("is larger than %d bytes", maxFile)
	}
	if err != nil {
		return []error{fmt.Errorf("cannot read configuration %s: %w", path, err)}
	}

	errs := decode(cfg, string(text))
	for i, err := range errs {
		errs[i] = fmt.Errorf("%s: %w", path, err)
	}
	return errs
}

// decode sets in cfg what text says. A mistake in a key's type or syntax ends
// it; unknown keys are reported all at once.
func decode(cfg *Config, text string) (errs []error) {
	next := *cfg
	next.Cash.Denominations = slices.Clone(cfg.Cash.Denominations)
	next.Uplink.Ports = slices.Clone(cfg.Uplink.Ports)
	next.Devices.detach()
	meta, err := toml.Decode(text, &next)
	if err != nil {
		return []error{err}
	}
	unknown := meta.Undecoded()
	if len(unknown) > 0 {
		unknown = next.Devices.takeFormer(text, unknown)
	}

	*cfg = next
	for _, key := range unknown {
		errs = append(errs, fmt.Errorf("unknown key %s", key))
	}
	return errs
}
