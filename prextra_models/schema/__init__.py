"""What the models expect of Prextra's database, held against what is there. It reads, and never changes anything."""
