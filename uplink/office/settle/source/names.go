package source

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"wattkiosk/payments/reconcile/form"
)

// names say which files of a folder are the book of a date.
type names struct {
	kind    form.Kind
	pattern string // of the settings; empty is the form's own
}

var errPattern = errors.New("pattern: want a name with {date} or {day} in it, and no folder")

func namesOf(kind form.Kind, pattern string) (names, error) {
	n := names{kind, pattern}
	if pattern == "" {
		return n, nil
	}
	if !strings.Contains(pattern, "{date}") && !strings.Contains(pattern, "{day}") || strings.ContainsAny(pattern, "/\\") {
		return n, errPattern
	}
	if _, err := path.Match(n.of("20060102"), ""); err != nil {
		return n, errPattern
	}

	return n, nil
}

// of is the pattern for a date.
func (n names) of(date string) string {
	return strings.NewReplacer("{date}", date, "{day}", dashed(date)).Replace(n.pattern)
}

// dashed is YYYY-MM-DD of YYYYMMDD.
func dashed(date string) string { return date[:4] + "-" + date[4:6] + "-" + date[6:] }

// folders are where to look, below the folder of the URL.
func (n names) folders() []string {
	if n.kind == form.Ledger104 && n.pattern == "" {
		return []string{".", "dz/yff", "dz/hff", "yff", "hff"}
	}

	return []string{"."}
}

// name104 is the name of a file of the 104-column form: what delivers it, its date, and
// which delivery it is.
var name104 = regexp.MustCompile(`^([^_]+_[^_]+_0[12]_[0-9]{2}_[^_]+)_([0-9]{8})_([0-9]{8}[0-9]{2})\.txt$`)

// match reports whether a file is of the book of a date. Of those with the same stem the
// greatest turn counts.
func (n names) match(file, date string) (stem, turn string, ok bool) {
	if n.pattern != "" {
		ok, err := path.Match(n.of(date), file)

		return file, "", ok && err == nil
	}

	switch n.kind {
	case form.Ledger104:
		m := name104.FindStringSubmatch(file)
		if m == nil || m[2] != date {
			return "", "", false
		}

		return m[1], m[3], true
	case form.POSPDetail:
		ok = slices.Contains([]string{"POSDTLFILE" + date, "POSDTLFILE_" + date}, strings.TrimSuffix(file, ".txt"))
	case form.Acquirer:
		ok = strings.HasSuffix(file, "_"+date+"_业务明细.csv") || strings.HasSuffix(file, "All"+dashed(date)+".csv")
	case form.BankCSV:
		ok = strings.HasSuffix(file, "_"+date+".csv")
	}

	return file, "", ok
}

// found is one file of a book.
type found struct{ path, stem, turn string }

// choose are the files that make up a book, in the order of their names.
func (n names) choose(all []found) ([]found, error) {
	slices.SortFunc(all, func(a, b found) int {
		return strings.Compare(a.path+"\x00"+a.turn, b.path+"\x00"+b.turn)
	})
	last := map[string]int{}
	var chosen []found
	for _, f := range all {
		key := path.Dir(f.path) + "\x00" + f.stem
		if i, there := last[key]; there {
			if f.turn > chosen[i].turn {
				chosen[i] = f
			}

			continue
		}
		last[key] = len(chosen)
		chosen = append(chosen, f)
	}

	switch {
	case len(chosen) == 0:
		return nil, ErrNotYet
	case len(chosen) > MaxFiles:
		return nil, fmt.Errorf("more than %d files of one date", MaxFiles)
	case len(chosen) > 1 && n.kind != form.Ledger104:
		return nil, fmt.Errorf("%s and %s are both of that date: only one can be the book", chosen[0].path, chosen[1].path)
	}

	return chosen, nil
}
