package bundle

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
)

// zstdTool packs a piece, as a patch of dict if that is not empty.
func zstdTool(tmp string, piece, dict []byte, level int) ([]byte, error) {
	if level == 0 {
		level = 19
	}
	args := []string{"-q", fmt.Sprint("-", level), "--single-thread", "--no-check", "-c"}
	if len(dict) > 0 {
		ref, err := store(tmp, dict)
		if err != nil {
			return nil, err
		}
		defer os.Remove(ref)
		args = append(args, "--long=25", "--patch-from="+ref)
	}
	in, err := store(tmp, piece)
	if err != nil {
		return nil, err
	}
	defer os.Remove(in)
	var out, errs bytes.Buffer
	cmd := exec.Command("zstd", append(args, in)...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("zstd: %w: %s", err, errs.Bytes())
	}
	return out.Bytes(), nil
}

// store puts bytes into a file of their own.
func store(dir string, data []byte) (string, error) {
	f, err := os.CreateTemp(dir, "piece")
	if err != nil {
		return "", err
	}
	_, err = f.Write(data)
	return f.Name(), errors.Join(err, f.Close())
}
