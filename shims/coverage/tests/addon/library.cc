// A bundled library: its own methods are nobody's business.
struct Node { bool IsObject(); };
bool check(Node* node) { return node->IsObject(); }
