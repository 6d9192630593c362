package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// programs are the paths of the real programs.
type programs struct{ officed, kioskd, kioskctl string }

// findPrograms looks for the programs in --bin, else beside this program, else
// builds them into dir/bin, which needs the go tool and the source.
func findPrograms(ctx context.Context, bin, dir string, errs io.Writer) (programs, error) {
	if bin != "" {
		return programsIn(bin)
	}

	if self, err := os.Executable(); err == nil {
		if p, err := programsIn(filepath.Dir(self)); err == nil {
			return p, nil
		}
	}

	bin = filepath.Join(dir, "bin")
	fmt.Fprintln(errs, "kiosklab: officed, kioskd and kioskctl are not beside kiosklab; building them")
	cmd := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator),
		"wattkiosk/uplink/cmd/officed", "wattkiosk/firmware/cmd/kioskd", "wattkiosk/firmware/cmd/kioskctl")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return programs{}, fmt.Errorf("cannot build officed, kioskd and kioskctl (name their folder with --bin): %w\n%s", err, out)
	}

	return programsIn(bin)
}

func programsIn(bin string) (programs, error) {
	p := programs{officed: filepath.Join(bin, "officed"), kioskd: filepath.Join(bin, "kioskd"), kioskctl: filepath.Join(bin, "kioskctl")}
	var errs []error
	for _, path := range []string{p.officed, p.kioskd, p.kioskctl} {
		if _, err := os.Stat(path); err != nil {
			errs = append(errs, fmt.Errorf("cannot find program: %w", err))
		}
	}
	return p, errors.Join(errs...)
}
