package image

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// absent are programs that Debian's units and rules name and the image lacks on
// purpose.
var absent = []string{
	"/bin/plymouth",                    // a picture during the start, which units end if it is there
	"/usr/sbin/Kobil_mIDentity_switch", // a card reader of one maker, which is not in Debian
}

// check fails if something in the finished root names a program, a library or a file
// that is not there. It looks at ELF files, links, the units that can be started,
// udev's rules, scripts and the users' shells.
func (b *builder) check() error {
	tree := b.in("tree")
	var problems []error
	err := filepath.WalkDir(tree, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		rel, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		problems = append(problems, checkFile(tree, rel))
		return nil
	})
	if err != nil {
		return err
	}
	u, err := reach(tree)
	if err != nil {
		return err
	}
	byUnit, err := u.programs()
	if err != nil {
		return err
	}
	for unit, programs := range byUnit {
		for _, p := range programs {
			problems = append(problems, named(tree, "unit "+unit, p))
		}
	}
	problems = append(problems, checkRules(tree)...)
	return errors.Join(append(problems, checkShells(tree)...)...)
}

// checkFile looks at one file: a link, an ELF file or a script.
func checkFile(tree, path string) error {
	full := filepath.Join(tree, path)
	if to, err := os.Readlink(full); err == nil {
		if !exists(tree, path) {
			return fmt.Errorf("%s leads to %s, which is not there", path, to)
		}
		return nil
	}
	if _, err := needs(tree, path); err != nil {
		return err
	}
	data, err := os.ReadFile(full)
	if err != nil || !bytes.HasPrefix(data, []byte("#!")) {
		return err
	}
	var problems []error
	for _, word := range commands(string(data)) {
		problems = append(problems, named(tree, path, word))
	}
	return errors.Join(problems...)
}

// named fails if a program is not there: an absolute path, or a name in the places
// where a shell looks.
func named(tree, who, program string) error {
	if slices.Contains(absent, program) {
		return nil
	}
	places := []string{program}
	if !filepath.IsAbs(program) {
		places = []string{"/usr/bin/" + program, "/usr/sbin/" + program}
	}
	if !slices.ContainsFunc(places, func(p string) bool { return exists(tree, p) }) {
		return fmt.Errorf("%s names program %s, which is not there", who, program)
	}
	return nil
}

// ran is a program in a rule of udev.
var ran = regexp.MustCompile(`(?:RUN(?:\{program\})?|PROGRAM|IMPORT\{program\})\+?="([^" ]+)`)

// checkRules looks at the programs of udev's rules.
func checkRules(tree string) []error {
	var problems []error
	for _, dir := range []string{"usr/lib/udev/rules.d", "etc/udev/rules.d"} {
		files, _ := filepath.Glob(filepath.Join(tree, dir, "*.rules")) // the pattern is well formed
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return []error{err}
			}
			for _, m := range ran.FindAllStringSubmatch(string(data), -1) {
				if strings.HasPrefix(m[1], "$") {
					continue // another rule's value
				}
				program := m[1]
				if exists(tree, "usr/lib/udev/"+program) {
					continue
				}
				problems = append(problems, named(tree, "rule "+filepath.Base(file), program))
			}
		}
	}
	return problems
}

// checkShells looks at the shells in etc/passwd.
func checkShells(tree string) []error {
	data, err := os.ReadFile(filepath.Join(tree, "etc/passwd"))
	if err != nil {
		return []error{err}
	}
	var problems []error
	for line := range strings.Lines(string(data)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		problems = append(problems, named(tree, "user "+fields[0], fields[len(fields)-1]))
	}
	return problems
}

var (
	quoted    = regexp.MustCompile(`'[^']*'|"(?:[^"\\]|\\.)*"`)
	comment   = regexp.MustCompile(`(?m)(^|\s)#.*$`)
	separator = regexp.MustCompile("\\$\\(|`|;|&&|\\|\\|?|&|\\(|\\)|\\{|\\}|\n")
	redirect  = regexp.MustCompile(`[0-9]*[<>]+&?\s*[^\s;|&)]*`)
	function  = regexp.MustCompile(`(?m)^\s*([a-z_]+)\(\)`)
	plainWord = regexp.MustCompile(`^[A-Za-z0-9_./\[-]+$`)
)

// builtins are words of the shell that name no program.
var builtins = []string{
	"if", "then", "elif", "else", "fi", "for", "in", "while", "until", "do", "done", "case", "esac", "!", ".", ":", "set", "exit", "return", "read", "export", "local",
	"shift", "trap", "umask", "unset", "wait", "cd", "exec", "eval", "break", "continue",
}

// commands are the programs that a script of the shell begins its commands with, and
// its interpreter. It knows the shell well enough for the image's own scripts: words
// that depend on variables are passed over.
func commands(script string) []string {
	first, rest, _ := strings.Cut(script, "\n")
	found := []string{strings.Fields(strings.TrimPrefix(first, "#!"))[0]}
	if filepath.Base(found[0]) != "sh" {
		return found
	}
	known := slices.Clone(builtins)
	for _, m := range function.FindAllStringSubmatch(rest, -1) {
		known = append(known, m[1])
	}
	text := quoted.ReplaceAllString(strings.ReplaceAll(rest, "\\\n", " "), "Q")
	text = redirect.ReplaceAllString(comment.ReplaceAllString(text, ""), "")
	for _, piece := range separator.Split(text, -1) {
		for word := range strings.FieldsSeq(piece) {
			if slices.Contains([]string{"if", "then", "elif", "else", "while", "until", "do", "!", "exec"}, word) || strings.Contains(word, "=") {
				continue // a command follows
			}
			if plainWord.MatchString(word) && word != "Q" && !slices.Contains(known, word) {
				found = append(found, word)
			}
			break
		}
	}
	return found
}
