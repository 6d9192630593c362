package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// Bounds of what a child says.
const (
	tailLines = 12
	maxLine   = 4 << 10 // bytes of a line that are looked at
	maxLog    = 8 << 20 // bytes of a log file, older runs included
)

// output is where a child's words go: all into a file, errors to people too. It
// is safe for concurrent use.
type output struct {
	name   string
	people io.Writer
	onLine func(line string) // nil: nobody

	mu   sync.Mutex
	file *os.File
	size int64
	rest []byte
	tail []string
}

func openOutput(name, path string, people io.Writer) (*output, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("cannot open log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("cannot open log: %w", err)
	}
	return &output{name: name, people: people, file: f, size: info.Size()}, nil
}

// Write implements io.Writer; it never fails, so that a full disk does not block
// a child.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.keep(b)
	o.rest = append(o.rest, b...)
	for {
		i := bytes.IndexByte(o.rest, '\n')
		if i < 0 {
			break
		}
		o.line(string(o.rest[:min(i, maxLine)]))
		o.rest = o.rest[i+1:]
	}

	if len(o.rest) > maxLine {
		o.rest = o.rest[:0]
	}

	return len(b), nil
}

// keep truncates the file when it is full.
func (o *output) keep(b []byte) {
	if o.size > maxLog && o.file.Truncate(0) == nil {
		o.size = 0
	}
	n, _ := o.file.Write(b)
	o.size += int64(n)
}

func (o *output) line(s string) {
	if o.tail = append(o.tail, s); len(o.tail) > tailLines {
		o.tail = o.tail[1:]
	}
	if strings.Contains(s, "level=ERROR") {
		fmt.Fprintf(o.people, "%s: %s\n", o.name, s)
	}
	if o.onLine != nil {
		o.onLine(s)
	}
}

// tell says something about the child.
func (o *output) tell(s string) { fmt.Fprintf(o.people, "kiosklab: %s\n", s) }

// tellTail shows the last lines.
func (o *output) tellTail() { fmt.Fprint(o.people, o.last()) }

// last are the last lines, each with the child's name.
func (o *output) last() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	var b strings.Builder
	for _, s := range o.tail {
		fmt.Fprintf(&b, "%s: %s\n", o.name, s)
	}
	return b.String()
}

func (o *output) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.file.Close()
}
