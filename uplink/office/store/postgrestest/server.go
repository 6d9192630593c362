// Package postgrestest runs PostgreSQL servers of tests: each has its own folder and Unix
// socket, does not sync to disk (it is for correctness, not speed), and can be stopped,
// started again and looked into by psql.
package postgrestest

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

const bin = "/usr/lib/postgresql/15/bin"

// Installed reports whether Debian's binaries are there.
func Installed() bool {
	_, err := os.Stat(filepath.Join(bin, "initdb"))
	return err == nil
}

// Server is a running server with one database, called as its user.
type Server struct {
	Dir string // of the socket, which is on port 5432

	t    testing.TB
	user string
	as   *syscall.Credential
}

// Start runs a server for the length of t; owner is the name of its user and database.
// Without Debian's binaries, or somebody who may run them, the test fails.
func Start(t testing.TB, owner string) *Server {
	t.Helper()
	dir, err := os.MkdirTemp("", "wkpg") // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })

	s := &Server{Dir: dir, t: t, user: owner, as: unprivileged(t, dir)}
	s.run("initdb", "-D", s.data(), "-U", owner, "-A", "trust", "-E", "UTF8", "--no-sync")
	s.StartAgain()
	t.Cleanup(s.Stop)
	s.run("createdb", "-h", dir, "-U", owner, owner)
	return s
}

// In is the same server, whose failures are those of t.
func (s *Server) In(t testing.TB) *Server {
	other := *s
	other.t = t
	return &other
}

// StartAgain starts a server that was stopped.
func (s *Server) StartAgain() {
	s.t.Helper()
	s.run("pg_ctl", "-D", s.data(), "-w", "-o", fmt.Sprintf("-k %s -c listen_addresses='' -c fsync=off -c max_connections=50", s.Dir), "start")
}

// Stop ends the server at once, as a power cut does.
func (s *Server) Stop() {
	s.t.Helper()
	s.run("pg_ctl", "-D", s.data(), "-m", "immediate", "-w", "stop")
}

// Reload has the server read its settings again, whatever it is doing.
func (s *Server) Reload() {
	s.t.Helper()
	s.run("pg_ctl", "-D", s.data(), "reload")
}

// Ready returns when the server takes connections: after a crash it recovers first.
func (s *Server) Ready() {
	s.t.Helper()
	until := "until " + filepath.Join(bin, "pg_isready") + " -q -h " + s.Dir + "; do sleep 0.02; done"
	if out, err := exec.Command("timeout", "30", "sh", "-c", until).CombinedOutput(); err != nil {
		s.t.Fatalf("the server does not come back: %v\n%s", err, out)
	}
}

// Query is what psql says of SQL: rows of columns that are separated by |.
func (s *Server) Query(sql string) string {
	s.t.Helper()
	out, err := s.PSQL(sql).CombinedOutput()
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", sql, err, out)
	}
	return strings.TrimSpace(string(out))
}

// PSQL is a session that executes SQL, to be started.
func (s *Server) PSQL(sql string) *exec.Cmd {
	return s.command("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", s.Dir, "-U", s.user, "-d", s.user, "-c", sql)
}

// Await returns when the condition, in SQL, is true of the server, and fails where it is
// not within half a minute.
func (s *Server) Await(condition string) {
	s.t.Helper()
	s.Query(`DO $$ BEGIN FOR i IN 1..3000 LOOP IF ` + condition + ` THEN RETURN; END IF; ` +
		`PERFORM pg_sleep(0.01); PERFORM pg_stat_clear_snapshot(); END LOOP; RAISE 'waited in vain'; END $$`)
}

func (s *Server) data() string { return filepath.Join(s.Dir, "data") }

func (s *Server) run(name string, args ...string) {
	s.t.Helper()
	log, err := os.CreateTemp(s.Dir, name) // the server inherits the outputs, so no pipe may be waited for
	if err != nil {
		s.t.Fatal(err)
	}
	defer log.Close()
	cmd := s.command(name, args...)
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		s.t.Fatalf("%s: %v\n%s", name, err, said)
	}
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(bin, name), args...)
	cmd.Dir, cmd.SysProcAttr = s.Dir, &syscall.SysProcAttr{Credential: s.as}
	cmd.Env = append(os.Environ(), "LC_ALL=C", "HOME="+s.Dir)
	return cmd
}

// unprivileged gives dir to somebody who may run PostgreSQL.
func unprivileged(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 != nil || err2 != nil {
			continue
		}
		if err := os.Chown(dir, int(uid), int(gid)); err != nil {
			t.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Fatal("PostgreSQL does not run as root, and there is no user postgres or nobody")
	return nil
}
