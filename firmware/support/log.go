package support

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
)

// logLines is how much of the system log is asked for.
const logLines = 5000

// Log keeps the end of what is written to it.
type Log struct {
	text []byte
	cut  bool
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.text = append(l.text, b...)
	if len(l.text) > 2*partBytes {
		l.text, l.cut = bytes.Clone(l.text[len(l.text)-partBytes:]), true
	}

	return len(b), nil
}

// lines is the end in whole lines, and whether there was more.
func (l *Log) lines() ([]byte, bool) {
	if len(l.text) > partBytes {
		l.text, l.cut = l.text[len(l.text)-partBytes:], true
	}
	if !l.cut {
		return l.text, false
	}

	return l.text[bytes.IndexByte(l.text, '\n')+1:], true
}

// SystemLog is the end of the board's system log, of all its services.
func SystemLog(ctx context.Context) (any, error) {
	l := new(Log)
	cmd := exec.CommandContext(ctx, "journalctl", "--no-pager", "-q", "-o", "short-iso", "-n", strconv.Itoa(logLines))
	cmd.Stdout = l
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("cannot read the system log: %w", err)
	}

	return l, nil
}
