package filegpio_test

import (
	"os"
	"path/filepath"
	"testing"

	"wattkiosk/hal/gpio"
	"wattkiosk/hal/gpio/filegpio"
	"wattkiosk/hal/gpio/gpiotest"
)

func TestFolderConforms(t *testing.T) {
	gpiotest.Run(t, func(t *testing.T) gpiotest.Bench {
		dir := t.TempDir()
		set := func(name string, active bool) {
			if err := filegpio.Write(dir, name, active); err != nil {
				t.Fatal(err)
			}
		}
		set("door", false)
		f, err := filegpio.Open("sim", dir)
		if err != nil {
			t.Fatal(err)
		}
		return gpiotest.Bench{
			Source: f, Set: set,
			Level: func(name string) bool {
				b, err := os.ReadFile(filepath.Join(dir, name))
				if err != nil {
					t.Fatal(err)
				}
				return string(b) == "1\n"
			},
			Break: func(name string) { write(t, dir, name, "open") },
		}
	})
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestErrorsNameBoardLineAndFile(t *testing.T) {
	dir := t.TempDir()
	f, err := filegpio.Open("sim", dir)
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, "tamper", "2")
	_, err = f.Input(gpio.Line{Name: "tamper"})
	want := "board sim: line tamper (" + dir + "/tamper): content \"2\" is neither 0 nor 1"
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
	if _, err := f.Input(gpio.Line{Name: "../door"}); err == nil {
		t.Error("a name outside the folder was opened")
	}
	if _, err := filegpio.Open("sim", dir+"/absent"); err == nil {
		t.Error("an absent folder was opened")
	}
}
