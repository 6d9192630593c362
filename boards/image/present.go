package image

import (
	"os"
	"path/filepath"
	"strings"
)

// present rewrites the list of packages in the tree: those of which a file is left.
// lists has a file for each package, with the names of its files.
func present(tree, lists string) error {
	data, err := os.ReadFile(filepath.Join(tree, packagesFile))
	if err != nil {
		return err
	}
	var left strings.Builder
	for line := range strings.Lines(string(data)) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "Package: "), "\t")
		files, err := os.ReadFile(filepath.Join(lists, name))
		if err != nil {
			return err
		}
		if ofPackage(tree, string(files)) {
			left.WriteString(line)
		}
	}
	return write(filepath.Join(tree, packagesFile), []byte(left.String()), 0o644)
}

// ofPackage reports whether a file of the list is in the tree. Folders belong to all.
func ofPackage(tree, list string) bool {
	for name := range strings.Lines(list) {
		name = strings.TrimSpace(name)
		path, err := within(tree, "", "/"+name)
		if err != nil || strings.HasSuffix(name, "/") {
			continue
		}
		if to, _ := os.Readlink(path); to == "busybox" {
			continue // an applet has its place
		}
		if st, err := os.Lstat(path); err == nil && !st.IsDir() {
			return true
		}
	}
	return false
}
