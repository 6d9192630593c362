// Package duty holds programs that keep something for someone else, for the power to
// be cut under them.
//
// A duty opens what it keeps with the product's own packages, checks that all it
// owes is there, says so, and goes on until it dies. It owes what it has said on its
// output after the product had answered that it is durable; what it began and had no
// answer to may be there or not. Whoever started it remembers both over its death.
package duty

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
)

// Words that begin a line of a duty's output.
const (
	Owe      = "owe"      // key and value: to be found from now on
	Try      = "try"      // key and value: may be found from now on
	Verified = "verified" // it is open and all is there; how many things that are
	Lost     = "lost"     // something is missing or wrong: what
	Note     = "note"     // something that is to be counted
)

// ErrLost means that something that was promised is not there. It has been said.
var ErrLost = errors.New("lost")

// Memory is what is remembered of a duty: what it owes and what it tried, by key.
type Memory struct{ Owed, Tried map[string]string }

// NewMemory returns one of a duty that has not begun.
func NewMemory() Memory { return Memory{map[string]string{}, map[string]string{}} }

// Job is one life of a duty.
type Job struct {
	Memory

	Dir     string // on the disk that is cut
	Scratch string // on one that is not
	Seed    uint64
	Writers int  // at the same time
	Check   bool // end after it was verified

	// Of the journal.
	Encrypted bool
	Upkeep    bool  // acknowledge and trim meanwhile
	Large     bool  // records of some kilobytes
	Close     int   // close in order after so many appends; 0 never
	Fill      int64 // bytes that somebody leaves free on the disk; negative: nobody does

	out io.Writer
	mu  sync.Mutex
}

// Duties by name.
var Duties = map[string]func(context.Context, *Job) error{
	"journal": journalDuty,
	"books":   booksDuty,
	"files":   filesDuty,
}

// Run does a duty until it dies, ends, or finds something lost.
func Run(ctx context.Context, name string, j *Job, out io.Writer) error {
	do := Duties[name]
	if do == nil {
		return fmt.Errorf("no duty is named %q", name)
	}
	j.out = out
	return do(ctx, j)
}

// say prints one whole line. Once nobody listens any more, the program ends.
func (j *Job) say(word, format string, args ...any) {
	line := word + " " + strings.ReplaceAll(fmt.Sprintf(format, args...), "\n", "; ") + "\n"
	j.mu.Lock()
	defer j.mu.Unlock()
	if _, err := io.WriteString(j.out, line); err != nil {
		os.Exit(3)
	}
}

func (j *Job) lost(format string, args ...any) error {
	j.say(Lost, format, args...)
	return ErrLost
}

// WriteTo writes what is remembered in the words of a duty's output.
func (m Memory) WriteTo(w io.Writer) (int64, error) {
	b := bufio.NewWriter(w)
	var n int64
	for word, all := range map[string]map[string]string{Owe: m.Owed, Try: m.Tried} {
		for k, v := range all {
			k, err := fmt.Fprintln(b, word, k, v)
			n += int64(k)
			if err != nil {
				return n, err
			}
		}
	}
	return n, b.Flush()
}

// Hear takes a line of a duty's output; false for one that is not to be remembered.
func (m Memory) Hear(line string) bool {
	word, rest, _ := strings.Cut(line, " ")
	key, value, _ := strings.Cut(rest, " ")
	switch word {
	case Owe:
		m.Owed[key] = value
	case Try:
		m.Tried[key] = value
	default:
		return false
	}
	return true
}

// Recall reads what WriteTo wrote.
func Recall(path string) (Memory, error) {
	m := NewMemory()
	f, err := os.Open(path)
	if err != nil {
		return m, err
	}
	defer f.Close()
	s := bufio.NewScanner(f)
	for s.Scan() {
		m.Hear(s.Text())
	}
	return m, s.Err()
}
