package duty

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"wattkiosk/boards/ground/durable"
)

// keeper is one kind of small file that must last, written and read by the package
// whose it is. Version n is written after n-1, and each tells itself from the others.
type keeper interface {
	// put writes version n; nil means that it is durable.
	put(dir string, n int) error
	// found is the version that is there, 0 for none. An error means that what is
	// there is broken.
	found(dir string, n int) (int, error)
}

// filesDuty keeps every kind of small file in a folder of its own: it owes the version
// that was written last. A version that was begun may be there in its place.
func filesDuty(ctx context.Context, j *Job) error {
	keepers := j.keepers(ctx)
	for name, k := range keepers {
		dir := filepath.Join(j.Dir, name)
		if err := durable.MakeFolder(dir); err != nil {
			return err
		}
		owed, tried := int(number(j.Owed[name])), int(number(j.Tried[name]))
		got, err := k.found(dir, max(owed, tried))
		if err != nil {
			return j.lost("%s: %v", name, err)
		}
		if got < owed || got > tried {
			return j.lost("%s: version %d is there, %d was promised, %d was tried", name, got, owed, tried)
		}
	}
	j.say(Verified, "%d", len(keepers))
	if j.Check {
		return nil
	}

	for round := 1; ; round++ {
		for name, k := range keepers {
			n := int(number(j.Tried[name])) + round
			j.say(Try, "%s %d", name, n)
			if err := k.put(filepath.Join(j.Dir, name), n); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			j.say(Owe, "%s %d", name, n)
		}
	}
}

// text is the content of version n: more than a page.
func text(n int) string { return fmt.Sprintf("%d:%s", n, strings.Repeat(fmt.Sprint(n, "."), 1000)) }

// versionOf is the version that a content is, whole.
func versionOf(content string) (int, error) {
	head, _, _ := strings.Cut(content, ":")
	n := int(number(head))
	if n == 0 || content != text(n) {
		return 0, fmt.Errorf("%d bytes that are no version", len(content))
	}
	return n, nil
}

// replaced is a file that is written over and over.
type replaced struct {
	write func(dir string, content []byte) error
	read  func(dir string) ([]byte, error)
}

func (r replaced) put(dir string, n int) error { return r.write(dir, []byte(text(n))) }

func (r replaced) found(dir string, _ int) (int, error) {
	b, err := r.read(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return versionOf(string(b))
}

// made is something that is made once and then stays as it is, each version in a
// folder of its own. What was promised of each is remembered by its mark.
type made struct {
	name string
	job  *Job
	// open makes it if it is not there, and returns what tells it from others.
	open func(dir string) (mark string, err error)
}

func (m made) key(n int) string { return fmt.Sprint(m.name, "-", n) }

func (m made) put(dir string, n int) error {
	mark, err := m.open(filepath.Join(dir, fmt.Sprint(n)))
	if err != nil {
		return err
	}
	m.job.say(Owe, "%s %s", m.key(n), mark)
	return nil
}

// found opens the newest again, which must succeed: it is what was promised, or
// nothing was.
func (m made) found(dir string, n int) (int, error) {
	if n == 0 {
		return 0, nil
	}
	for _, v := range []int{max(1, n-1), n} { // one that was begun, and the last that was promised
		mark, err := m.open(filepath.Join(dir, fmt.Sprint(v)))
		if err != nil {
			return 0, err
		}
		if want := m.job.Owed[m.key(v)]; want != "" && want != mark {
			return 0, fmt.Errorf("another one is there: %s, not %s", mark, want)
		}
	}
	return n, nil
}

func readFile(name string) func(dir string) ([]byte, error) {
	return func(dir string) ([]byte, error) { return os.ReadFile(filepath.Join(dir, name)) }
}
