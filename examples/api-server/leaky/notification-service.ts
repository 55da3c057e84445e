import type { Comment, Documents } from '../shared/documents';

/** That a user follows a document. */
class Subscription {
  heard = 0;

  constructor(
    readonly user: User,
    readonly documentId: string,
  ) {}

  hear(comment: Comment): void {
    this.heard++;
    this.user.deliver(comment);
  }
}

/** Somebody who is online. */
export class User {
  readonly subscriptions = new Set<Subscription>(); // with leak 2: each user and all that it follows

  constructor(
    readonly name: string,
    readonly deliver: (comment: Comment) => void,
  ) {}

  readonly onComment = (comment: Comment): void => {
    for (const subscription of this.subscriptions) {
      if (subscription.documentId === comment.documentId) subscription.hear(comment);
    }
  };
}

/** Notifies users of what happens to the documents that they follow. */
export class NotificationService {
  private readonly online = new Set<User>();

  constructor(private readonly documents: Documents) {}

  join(name: string, deliver: (comment: Comment) => void): User {
    const user = new User(name, deliver);
    this.online.add(user);
    this.documents.on('comment', user.onComment); // leak 2: leave() does not take it off
    return user;
  }

  follow(user: User, documentId: string): void {
    user.subscriptions.add(new Subscription(user, documentId));
  }

  leave(user: User): void {
    this.online.delete(user);
  }

  get usersOnline(): number {
    return this.online.size;
  }
}
