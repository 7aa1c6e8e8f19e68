package demo

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// A screen writes lines, and on a terminal shows one that changes in place. It
// is used by one goroutine at a time. Errors are not looked at: a demo that
// nobody sees may as well go on.
type screen struct {
	w     io.Writer
	live  bool // w is a terminal
	style bool // which may show bold
	shown int  // width of the changing line on the terminal now
}

func newScreen(w io.Writer) *screen {
	live := isTerminal(w) && os.Getenv("TERM") != "dumb"
	return &screen{w: w, live: live, style: live && os.Getenv("TERM") != "" && os.Getenv("NO_COLOR") == ""}
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || f.Name() == os.DevNull {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// line writes a line for good, over the changing one.
func (s *screen) line(bold bool, text string) {
	s.erase()
	if bold && s.style {
		text = "\x1b[1m" + text + "\x1b[0m"
	}
	fmt.Fprintln(s.w, text)
}

func (s *screen) printf(format string, args ...any) { s.line(false, fmt.Sprintf(format, args...)) }

// paragraph writes text in lines that fit a terminal.
func (s *screen) paragraph(text string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > paragraphWidth {
			s.line(false, line)
			line = ""
		}
		line += " "[:min(len(line), 1)] + word
	}
	s.line(false, line)
}

const paragraphWidth = 79

// change shows text in the changing line; without a terminal nothing happens.
// Blanks take the place of an escape code: they work everywhere.
func (s *screen) change(text string) {
	if !s.live {
		return
	}
	fmt.Fprint(s.w, "\r"+text+strings.Repeat(" ", max(s.shown-len(text), 0)))
	s.shown = len(text)
}

// erase also covers the ^C that a terminal writes behind the line.
func (s *screen) erase() {
	if s.shown > 0 {
		fmt.Fprint(s.w, "\r"+strings.Repeat(" ", s.shown+2)+"\r")
		s.shown = 0
	}
}

// showEvery is slow enough to read and fast enough to look alive.
const showEvery = 100 * time.Millisecond

// during runs f while the changing line shows what text returns.
func (s *screen) during(text func() string, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	tick := time.NewTicker(showEvery)
	defer tick.Stop()
	for {
		s.change(text())
		select {
		case <-done:
			return
		case <-tick.C:
		}
	}
}
