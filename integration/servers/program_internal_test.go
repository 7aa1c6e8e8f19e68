package servers

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgramIsTheNewest(t *testing.T) {
	dir := t.TempDir()
	for _, version := range []string{"9", "15", "16"} {
		if err := os.MkdirAll(filepath.Join(dir, version, "bin"), 0o755); err != nil {
			t.Fatal(err)
		}
		if version != "16" {
			if err := os.WriteFile(filepath.Join(dir, version, "bin", "initdb"), nil, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	got, err := program{"initdb", "postgresql", []string{filepath.Join(dir, "*/bin")}}.find()
	if want := filepath.Join(dir, "15/bin/initdb"); got != want || err != nil {
		t.Fatalf("got %s, %v, want %s", got, err, want)
	}
}

func TestMissingProgramNamesItsPackage(t *testing.T) {
	_, err := program{"no-such-program", "its-package", []string{"/nowhere/*/bin"}}.find()
	if err == nil || !strings.Contains(err.Error(), "apt-get install its-package") {
		t.Fatalf("got %v", err)
	}
}
