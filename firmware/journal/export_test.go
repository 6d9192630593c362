package journal

import "github.com/dgraph-io/badger/v4"

// BreakCommits makes every further commit fail as after a failed sync.
func (j *Journal) BreakCommits(err error) {
	j.commit = func(*badger.Txn) error { return err }
}

// EngineOptions are the options under test, for the plain Badger in benchmarks.
var EngineOptions = engineOptions
