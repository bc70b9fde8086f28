"""What the types of columns that the language itself knows may be called."""

TYPE_SPELLINGS = {
    "int": "int",
    "integer": "int",
    "float": "float",
    "numeric": "float",
    "number": "float",
    "category": "category",
    "categorical": "category",
    "bool": "bool",
    "boolean": "bool",
    "date": "date",
    "datetime": "datetime",
    "time": "time",
    "id": "id",
    "formula": "formula",
    "script": "script",
}
