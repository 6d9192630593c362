package image

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// unitRoots are the units that are asked for by name: by the kernel's start, by a
// person, by systemd itself.
var unitRoots = []string{
	"default.target", "emergency.target", "rescue.target", "reboot.target", "poweroff.target", "halt.target", "ctrl-alt-del.target", "shutdown.target",
	"umount.target", "final.target", "local-fs.target", "local-fs-pre.target", "time-set.target", "time-sync.target",
}

// unitFolders are where systemd looks for units, the first one's before the second's.
var unitFolders = []string{"etc/systemd/system", "usr/lib/systemd/system"}

// units are those of a tree.
type units struct {
	tree    string
	reached map[string]bool
}

// reach finds the units that can come to be started, from those that are asked for.
func reach(tree string) (units, error) {
	u := units{tree: tree, reached: map[string]bool{}}
	for todo := slices.Clone(unitRoots); len(todo) > 0; todo = todo[1:] {
		name := todo[0]
		if u.reached[name] {
			continue
		}
		u.reached[name] = true
		more, err := u.wants(name)
		if err != nil {
			return u, err
		}
		todo = append(todo, more...)
	}
	return u, nil
}

// wants are the units that starting one may start.
func (u units) wants(name string) ([]string, error) {
	place := u.place(name)
	if place == masking {
		return nil, nil
	}
	var found []string
	if t := templateOf(name); t != name {
		found = append(found, t)
	}
	if place != "" {
		found = append(found, filepath.Base(place))
	}
	for _, file := range u.files(name) {
		lines, err := settings(file)
		if err != nil {
			return nil, err
		}
		for _, l := range lines {
			switch l.key {
			case "Wants", "Requires", "BindsTo", "Upholds", "Requisite", "OnFailure", "OnSuccess", "Unit", "Service", "Sockets":
				found = append(found, strings.Fields(l.value)...)
			}
		}
	}
	stem, kind := strings.TrimSuffix(name, filepath.Ext(name)), filepath.Ext(name)
	switch kind {
	case ".socket", ".timer", ".path":
		found = append(found, stem+".service", stem+"@.service")
	case ".automount":
		found = append(found, stem+".mount")
	}
	for _, dir := range unitFolders {
		for _, how := range []string{".wants", ".requires"} {
			links, err := filepath.Glob(filepath.Join(u.tree, dir, name+how, "*"))
			if err != nil {
				return nil, err
			}
			for _, l := range links {
				found = append(found, filepath.Base(l))
			}
		}
	}
	return found, nil
}

// templateOf is the template of an instance: a@.service of a@b.service.
func templateOf(name string) string {
	before, after, ok := strings.Cut(name, "@")
	if !ok {
		return name
	}
	return before + "@" + filepath.Ext(after)
}

// masking is where a unit leads that must not be started.
const masking = "/dev/null"

// place is the path of a unit's file, in the tree and once links are followed: masking
// of a masked one, "" if it has no file.
func (u units) place(name string) string {
	for _, dir := range unitFolders {
		path := filepath.Join(u.tree, dir, name)
		to, err := os.Readlink(path)
		if to == masking {
			return masking
		}
		if err == nil {
			path, _ = within(u.tree, path, to) // absolute, as the tree is
		}
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// files are a unit's file, if it has one and is not masked, and what is dropped into
// it.
func (u units) files(name string) []string {
	place := u.place(name)
	if place == masking {
		return nil
	}
	var found []string
	if place != "" {
		found = append(found, place)
	}
	for _, dir := range unitFolders {
		more, _ := filepath.Glob(filepath.Join(u.tree, dir, name+".d", "*.conf")) // the pattern is well formed
		found = append(found, more...)
	}
	return found
}

// setting is one line of a unit.
type setting struct{ key, value string }

func settings(path string) ([]setting, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []setting
	for line := range strings.Lines(strings.ReplaceAll(string(data), "\\\n", " ")) {
		key, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(key, "#") && !strings.HasPrefix(key, ";") {
			found = append(found, setting{strings.TrimSpace(key), strings.TrimSpace(value)})
		}
	}
	return found, nil
}

// prune removes the packages' units that nothing can start, that are masked or that
// the image has another in place of, and links to them.
func (u units) prune() error {
	own, theirs := filepath.Join(u.tree, unitFolders[0]), filepath.Join(u.tree, unitFolders[1])
	entries, err := os.ReadDir(theirs)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		for _, of := range []string{".d", ".wants", ".requires"} {
			name = strings.TrimSuffix(name, of)
		}
		_, err := os.Lstat(filepath.Join(own, name))
		replaced := err == nil && name == e.Name()
		if u.reached[name] && !replaced {
			continue
		}
		if err := os.RemoveAll(filepath.Join(theirs, e.Name())); err != nil {
			return err
		}
	}
	return unlinked(u.tree, unitFolders[1])
}

// programs are those that a reached unit starts, by unit.
func (u units) programs() (map[string][]string, error) {
	found := map[string][]string{}
	for name := range u.reached {
		for _, file := range u.files(name) {
			lines, err := settings(file)
			if err != nil {
				return nil, err
			}
			for _, l := range lines {
				words := strings.Fields(strings.TrimLeft(l.value, "@-:+!"))
				if strings.HasPrefix(l.key, "Exec") && len(words) > 0 {
					found[name] = append(found[name], words[0])
				}
			}
		}
	}
	return found, nil
}
