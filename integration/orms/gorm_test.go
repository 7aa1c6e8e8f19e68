package orms_test

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/driver/sqlite"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
	"gorm.io/gorm/schema"
)

// gormShop is the shop on GORM.
type gormShop struct {
	db  *gorm.DB
	sql *sql.DB
	now int // hours after the opening
}

// openGorm hands GORM an open database.
func openGorm(config gorm.Config) func(dialect, driver, dsn string) (shop, error) {
	return func(dialect, driver, dsn string) (shop, error) {
		db, err := sql.Open(driver, dsn)
		if err != nil {
			return nil, err
		}
		switch dialect {
		case "postgres":
			return newGormShop(postgres.New(postgres.Config{Conn: db}), config)
		case "mysql":
			return newGormShop(mysql.New(mysql.Config{Conn: db}), config)
		}
		return newGormShop(sqlite.New(sqlite.Config{Conn: db}), config)
	}
}

// openGormByName has GORM open the database.
func openGormByName(dialect, driver, dsn string) (shop, error) {
	switch dialect {
	case "postgres":
		return newGormShop(postgres.New(postgres.Config{DriverName: driver, DSN: dsn}), gorm.Config{SkipDefaultTransaction: true})
	case "mysql":
		return newGormShop(mysql.New(mysql.Config{DriverName: driver, DSN: dsn}), gorm.Config{SkipDefaultTransaction: true})
	}
	return newGormShop(sqlite.New(sqlite.Config{DriverName: driver, DSN: dsn}), gorm.Config{SkipDefaultTransaction: true})
}

func newGormShop(dialector gorm.Dialector, config gorm.Config) (_ shop, err error) {
	s := &gormShop{}
	config.NowFunc = func() time.Time { s.now++; return after(s.now) }
	config.NamingStrategy = schema.NamingStrategy{TablePrefix: marker}
	config.Logger = logger.Discard
	if s.db, err = gorm.Open(dialector, &config); err != nil {
		return nil, err
	}
	s.sql, err = s.db.DB()
	return s, err
}

func (s *gormShop) close() error { return s.sql.Close() }

// Names of the models are GORM's names of the tables.
type (
	User struct {
		ID        uint
		Email     string `gorm:"size:100;uniqueIndex"`
		Nickname  *string
		Active    bool
		Balance   string `gorm:"type:decimal(12,2)"`
		Avatar    []byte
		CreatedAt time.Time
		UpdatedAt time.Time
		DeletedAt gorm.DeletedAt `gorm:"index"`
		Orders    []Order
		Tags      []Tag `gorm:"many2many:user_tags"`
	}
	Product struct {
		ID     uint
		SKU    string `gorm:"size:20;uniqueIndex"`
		Title  string
		Price  string `gorm:"type:decimal(12,2)"`
		Weight sql.NullFloat64
		Stock  int
	}
	Order struct {
		ID       uint
		UserID   uint
		User     *User
		Status   string
		Note     sql.NullString
		PlacedAt time.Time
		Items    []Item `gorm:"constraint:OnDelete:CASCADE"`
	}
	Item struct {
		OrderID   uint `gorm:"primaryKey;autoIncrement:false"`
		ProductID uint `gorm:"primaryKey;autoIncrement:false"`
		Product   Product
		Quantity  int
	}
	Tag struct {
		ID   uint
		Name string `gorm:"size:50"`
	}
)

type transcriptKey struct{}

func noteHook(tx *gorm.DB, name string, of any) error {
	if out, ok := tx.Statement.Context.Value(transcriptKey{}).(*transcript); ok {
		out.say(name, of)
	}
	return nil
}

func (u *User) BeforeCreate(tx *gorm.DB) error { return noteHook(tx, "before create", u.Email) }
func (u *User) AfterCreate(tx *gorm.DB) error  { return noteHook(tx, "after create", u.ID) }
func (u *User) AfterUpdate(tx *gorm.DB) error  { return noteHook(tx, "after update", u.Email) }
func (u *User) AfterFind(tx *gorm.DB) error    { return noteHook(tx, "after find", u.ID) }
func (u *User) AfterDelete(tx *gorm.DB) error  { return noteHook(tx, "after delete", u.ID) }

func (s *gormShop) build(ctx context.Context, out *transcript) error {
	ctx = context.WithValue(ctx, transcriptKey{}, out)
	db := s.db.WithContext(ctx)
	steps := []struct {
		name string
		do   func(*gorm.DB, *transcript) error
	}{
		{"migrate", s.migrate}, {"create", s.create}, {"order", s.order}, {"update", s.update}, {"transactions", s.transactions},
		{"savepoints", s.savepoints}, {"delete", s.remove}, {"mistakes", s.mistakes}, {"migrate more", s.migrateMore},
	}
	for _, step := range steps {
		if err := step.do(db, out); err != nil {
			return fmt.Errorf("%s: %w", step.name, err)
		}
		out.say("after " + step.name)
		for range 2 {
			s.look(db, out)
		}
	}
	return nil
}

// migrate makes the tables and then finds that they are there.
func (s *gormShop) migrate(db *gorm.DB, out *transcript) error {
	for range 2 {
		if err := db.AutoMigrate(&User{}, &Product{}, &Order{}, &Item{}, &Tag{}); err != nil {
			return err
		}
		m := db.Migrator()
		out.say("has", m.HasTable(&User{}), m.HasColumn(&User{}, "Nickname"), m.HasIndex(&User{}, "Email"), m.HasTable("shop_nothing"))
		types, err := m.ColumnTypes(&User{})
		if err != nil {
			return err
		}
		for _, c := range types {
			typ, told := c.ColumnType()
			length, hasLength := c.Length()
			nullable, nullTold := c.Nullable()
			primary, primaryTold := c.PrimaryKey()
			out.say("column", c.Name(), c.DatabaseTypeName(), c.ScanType(), typ, told, length, hasLength, nullable, nullTold, primary, primaryTold)
		}
	}
	return nil
}

// migrateMore adds a column to a table that was read.
func (s *gormShop) migrateMore(db *gorm.DB, out *transcript) error {
	type Product struct {
		ID    uint
		Color string `gorm:"size:20;default:red"`
	}
	if err := db.AutoMigrate(&Product{}); err != nil {
		return err
	}
	// A connection that has prepared SELECT * before fails once in PostgreSQL, and which one that is is left to chance.
	s.sql.SetMaxIdleConns(0)
	s.sql.SetMaxIdleConns(2)
	var p Product
	out.say("color", db.Order("id").First(&p).Error, p)
	out.say("update", db.Model(&p).Update("color", "blue").Error)
	out.say("color", db.Order("id").First(&p).Error, p)
	return nil
}
