package analyze

// kind is the sort of a token.
type kind uint8

const (
	endOfText  kind = iota
	word            // unquoted identifier or keyword
	quotedName      // quoted identifier
	stringText      // string or bit string in any notation
	number
	param    // placeholder
	variable // MySQL's @x and @@x
	operator
	comma
	leftParen
	rightParen
	leftBracket
	rightBracket
	dot
	semicolon
)

// form tells apart notations of strings and names.
type form uint8

const (
	plain     form = iota // the content stands between the delimiters as it is
	doubled               // delimiters inside are doubled, or a backslash escapes
	escaped               // E'...'
	unicoded              // U&'...' and U&"..."
	encoded               // B'...', X'...', N'...'
	continued             // PostgreSQL: several parts on several lines
	dollar                // $tag$...$tag$
)

// token is a piece of the text. It keeps positions only: most tokens are never looked at as strings.
type token struct {
	kind     kind
	form     form
	reserved bool   // the word cannot be a bare name in this dialect
	query    bool   // leftParen: a query stands inside
	word     string // the keyword in lower case; empty for every other word
	start    int32
	end      int32
	match    int32 // leftParen, leftBracket: index of the partner; param: position among those without a name
}

const (
	inName     uint8 = 1 << iota // letter, digit, _ or $
	startsName                   // letter or _
	isDigit
	isSpace
	isOperator // one of PostgreSQL's operator characters
	isHex
)

// charClass maps a byte to its classes. Bytes from 0x80 up belong to names in every dialect.
var charClass = func() (class [256]uint8) {
	mark := func(chars string, bits uint8) {
		for i := range len(chars) {
			class[chars[i]] |= bits
		}
	}
	mark("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_", inName|startsName)
	mark("0123456789", inName|isDigit|isHex)
	mark("abcdefABCDEF", isHex)
	mark("$", inName)
	mark(" \t\n\v\f\r", isSpace)
	mark("+-*/<>=~!@#%^&|`?", isOperator)
	for c := 0x80; c < 0x100; c++ {
		class[c] = inName | startsName
	}
	return class
}()
