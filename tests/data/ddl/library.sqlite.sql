CREATE TABLE authors(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE,
  born INT CHECK (born > 1500 AND born < 2010)
);
CREATE TABLE sqlite_sequence(name,seq);
CREATE TABLE IF NOT EXISTS "books" (
  isbn TEXT PRIMARY KEY NOT NULL,
  title VARCHAR(80) NOT NULL,
  author_id INTEGER NOT NULL REFERENCES authors ON DELETE CASCADE,
  pages INTEGER NOT NULL CHECK (pages BETWEEN 10 AND 2000),
  price REAL,
  kind TEXT NOT NULL DEFAULT 'novel' CHECK (kind IN ('novel', 'essay', 'poems')),
  is_lent BOOLEAN NOT NULL DEFAULT 0,
  anything,
  UNIQUE (author_id, title)
) WITHOUT ROWID;
CREATE TABLE loans (
  isbn TEXT NOT NULL,
  reader INTEGER NOT NULL,
  lent_on DATE NOT NULL,
  returned_on DATE,
  PRIMARY KEY (isbn, lent_on),
  FOREIGN KEY (isbn) REFERENCES books(isbn),
  FOREIGN KEY (reader) REFERENCES readers(id),
  CHECK (returned_on IS NULL OR returned_on >= lent_on)
);
CREATE TABLE readers (id INTEGER PRIMARY KEY, card TEXT NOT NULL, manager_id INTEGER REFERENCES readers(id));
CREATE UNIQUE INDEX readers_card ON readers (card);
CREATE INDEX books_title ON books (title);
CREATE TRIGGER lend AFTER INSERT ON loans BEGIN
  UPDATE books SET is_lent = 1 WHERE isbn = NEW.isbn;
  INSERT INTO log VALUES ('create table no (a int)');
END;
