package bundle

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// zstdTool packs a piece, as a patch of dict if that is not empty.
func zstdTool(tmp string, piece, dict []byte, level int) ([]byte, error) {
	if level == 0 {
		level = 19
	}
	in := filepath.Join(tmp, "piece")
	if err := os.WriteFile(in, piece, 0o600); err != nil {
		return nil, err
	}
	args := []string{"-q", fmt.Sprint("-", level), "--single-thread", "--no-check", "-c"}
	if len(dict) > 0 {
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
