package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// queries are the query parameters that each route of the JSON interface takes, by method and path
// as the mux has them: those of the description that programs are given, so that none is taken that
// is not described.
type queries map[string][]string

func readQueries() (queries, error) {
	b, err := assets.ReadFile("asset/openapi.json")
	if err != nil {
		return nil, fmt.Errorf("cannot read the description of the interface: %w", err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name, In string }
		}
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		return nil, fmt.Errorf("cannot read the description of the interface: %w", err)
	}

	out := queries{}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			taken := []string{}
			for _, p := range op.Parameters {
				if p.In == "query" {
					taken = append(taken, p.Name)
				}
			}
			out[strings.ToUpper(method)+" "+path] = taken
		}
	}

	return out, nil
}

// check refuses what a route does not take, and what is there twice: a list that was asked for in
// words that it does not know would look like the answer, and be another.
func (q queries) check(rt route, asked url.Values) error {
	taken, described := q[rt.method+" "+rt.path]
	if !described {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(asked)) {
		switch {
		case !slices.Contains(taken, name) && len(taken) == 0:
			return fmt.Errorf("%w: query parameter %.40q: there is none here", errInput, name)
		case !slices.Contains(taken, name):
			return fmt.Errorf("%w: query parameter %.40q: there is %s", errInput, name, strings.Join(taken, ", "))
		case len(asked[name]) > 1:
			return fmt.Errorf("%w: query parameter %.40q is there %d times", errInput, name, len(asked[name]))
		}
	}

	return nil
}
