package updater

import (
	"strings"
	"sync"
)

// Tail is a writer that remembers the last lines. It is safe for concurrent use.
type Tail struct {
	mu    sync.Mutex
	lines []string
}

// maxLine bounds a line, in bytes.
const maxLine = 1000

// Write implements io.Writer; each call is one line.
func (t *Tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	line := strings.TrimRight(string(p), "\n")
	t.lines = append(t.lines, line[:min(len(line), maxLine)])
	if len(t.lines) > 2*maxLogLines {
		t.lines = append([]string{}, t.lines[maxLogLines:]...)
	}
	return len(p), nil
}

// Lines are the last lines, oldest first.
func (t *Tail) Lines() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string{}, t.lines[max(0, len(t.lines)-maxLogLines):]...)
}
