// Package dialect names the dialects of the marketing MIS's socket: a province is
// a folder of data and a line of this table.
package dialect

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"wattkiosk/payments/mis/socket"
	"wattkiosk/payments/mis/socket/dialect/hn"
)

// table is read-only: every dialect by the name that --mis uses.
var table = map[string]func() socket.Dialect{
	"example": socket.Example,
	"hn":      hn.Dialect,
}

// Names are the dialects, sorted.
func Names() []string { return slices.Sorted(maps.Keys(table)) }

// Named is the dialect of a name; the empty name is the example dialect.
func Named(name string) (socket.Dialect, error) {
	if name == "" {
		return socket.Example(), nil
	}
	make, ok := table[name]
	if !ok {
		return socket.Dialect{}, fmt.Errorf("MIS dialect %.32q is not known: there are %s", name, strings.Join(Names(), ", "))
	}
	return make(), nil
}
